import { beforeEach, describe, expect, it } from 'vitest';
import type { Principal } from '../../lib/principal.ts';
import { createCredentialCache, type CredentialCache } from './credential-cache.ts';

const ADA: Principal = {
  userId: 'ada',
  userName: 'Ada',
  userEmail: 'ada@example.com',
  organizationId: 'team',
  organizationName: 'Team',
  organizationSlug: 'team',
  role: 'admin',
  scope: 'admin',
  via: { kind: 'token', id: 'token' },
};

describe('credential cache', () => {
  let nowMs: number;
  let asked: string[];
  let known: boolean;
  let cache: CredentialCache;

  beforeEach(() => {
    nowMs = 0;
    asked = [];
    known = true;
    async function resolve(token: string): Promise<Principal | undefined> {
      asked.push(token);
      return known ? ADA : undefined;
    }
    const clock = { now: () => new Date(nowMs), monotonicMs: () => nowMs };
    const byPreview = async (token: string, label: string) => resolve(`${label} ${token}`);
    cache = createCredentialCache({ byLogin: resolve, byApiToken: resolve, byPreview }, clock);
  });

  it('asks once for what it knows, and again when that is old', async () => {
    await cache.byApiToken('secret');
    await cache.byApiToken('secret');
    nowMs = 5_001;
    await cache.byApiToken('secret');

    expect(asked).toEqual(['secret', 'secret']);
  });

  it('never remembers a secret that opens nothing', async () => {
    known = false;
    expect(await cache.byApiToken('secret')).toBeUndefined();
    known = true;

    expect(await cache.byApiToken('secret')).toBe(ADA);
  });

  it('keeps logins, tokens and the hosts of previews apart', async () => {
    await cache.byLogin('secret');
    await cache.byApiToken('secret');
    await cache.byPreview('secret', 'cafe');
    await cache.byPreview('secret', 'shop');
    await cache.byPreview('secret', 'shop');

    expect(asked).toEqual(['secret', 'secret', 'cafe secret', 'shop secret']);
  });

  it('forgets everything when something was revoked', async () => {
    await cache.byApiToken('secret');
    cache.forget();
    known = false;

    expect(await cache.byApiToken('secret')).toBeUndefined();
  });

  it('forgets what it was asking about when something was revoked meanwhile', async () => {
    const lookUp = cache.byApiToken('secret');
    cache.forget();
    await lookUp;
    known = false;

    expect(await cache.byApiToken('secret')).toBeUndefined();
  });

  it('does not grow without bound', async () => {
    for (let index = 0; index < 10_001; index += 1) await cache.byApiToken(`secret-${index}`);
    asked = [];

    await cache.byApiToken('secret-0');

    expect(asked).toEqual(['secret-0']);
  });
});
