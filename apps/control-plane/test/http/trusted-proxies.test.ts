import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { createAuthApp } from '../support/auth-app.ts';
import { useDatabases } from '../support/database.ts';

const CADDY = '172.18.0.5';
const ATTEMPTS_PER_MINUTE = 20;

describe('limits of attempts to sign in', () => {
  const newDatabase = useDatabases();
  let app: FastifyInstance;

  afterEach(() => app.close());

  async function start(trustedProxies: readonly string[]): Promise<void> {
    ({ app } = await createAuthApp((await newDatabase()).db, systemClock, { trustedProxies }));
  }

  /** What an empty form is answered: it counts like any other attempt. */
  async function attempt(remoteAddress: string, visitor: string): Promise<number> {
    const { statusCode } = await app.inject({
      method: 'POST',
      url: '/api/v1/auth/login',
      remoteAddress,
      headers: { 'x-forwarded-for': visitor },
      payload: {},
    });
    return statusCode;
  }

  it('are those of each visitor behind a proxy that is trusted', async () => {
    await start(['uniquelocal']);
    for (let done = 0; done < ATTEMPTS_PER_MINUTE; done += 1) await attempt(CADDY, '198.51.100.1');

    expect(await attempt(CADDY, '198.51.100.1')).toBe(429);
    expect(await attempt(CADDY, '198.51.100.2')).toBe(400);
  });

  it.each([
    ['of somebody else than the proxy', ['uniquelocal'], '203.0.113.9'],
    ['where no proxy is trusted', [], CADDY],
  ])('can not be passed by headers %s', async (_case, trustedProxies, address) => {
    await start(trustedProxies);
    for (let done = 0; done < ATTEMPTS_PER_MINUTE; done += 1)
      await attempt(address, `198.51.100.${String(done)}`);

    expect(await attempt(address, '198.51.100.99')).toBe(429);
  });
});
