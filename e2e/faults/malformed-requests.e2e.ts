import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authRoutes } from '@spt-flow/shared/api/auth';
import { allRoutes } from './support/all-routes.ts';
import { request, type RawRequest } from './support/raw-request.ts';
import { createProject, startRunning, type Running } from './support/running-product.ts';
import { sampleOf } from './support/sample.ts';

const PARAMS = [
  '%00',
  '..%2f..%2fetc%2fpasswd',
  '%E0%A4%A',
  'x'.repeat(300),
  '%F0%9F%92%A3',
  "'--",
];
const QUERIES = [
  'limit=-1&cursor=!!!',
  'limit=1&limit=2&after=x&path=..%2f..%2fetc%2fpasswd',
  `cursor=${Buffer.from('["2024-01-01T00:00:00Z"]').toString('base64url')}`,
  'cursor=bnVsbA&search=%00&path=a%00b&source=%00&correlationId=%00',
];
const BODIES = ['', '{', 'null', '[]', '"text"', '{"__proto__":{"admin":true}}', '[[[['];

let running: Running;
let workspaceId: string;

beforeAll(async () => {
  running = await startRunning();
  ({ workspaceId } = await createProject(running, { name: 'Shop' }));
});

afterAll(() => running.close());

/** Every answer is an ordinary one or a failure in the envelope that is the caller's own. */
async function assertAnswered(raw: RawRequest): Promise<void> {
  const answer = await request(running.product.origin, { token: running.token, ...raw });
  const what = `${raw.method} ${raw.path} ${String(raw.body).slice(0, 80)}\n${answer.text.slice(0, 500)}`;
  expect(answer.status, what).toBeLessThan(500);
  expect(answer.status, what).not.toBe(429);
  if (answer.status >= 400) expect(answer.code, what).toBeTruthy();
}

describe('the setup link', () => {
  const person = { email: 'eve@example.com', name: 'Eve', password: 'correct horse battery' };

  it('that was used opens nothing any more', async () => {
    const token = running.product.link.pathname.split('/').at(-1) ?? '';

    await expect(
      running.api.call(authRoutes.setup, { body: { token, ...person } }),
    ).rejects.toMatchObject({ code: 'setup_done' });
  });

  it('that was guessed opens nothing', async () => {
    const token = `sptf_setup_${'x'.repeat(43)}`;

    await expect(
      running.api.call(authRoutes.setup, { body: { token, ...person } }),
    ).rejects.toMatchObject({ code: expect.stringMatching(/^setup_(done|token_invalid)$/) });
  });
});

describe('requests that are not valid', () => {
  it.each(PARAMS)('"%s" in place of an id is answered by every route', async (param) => {
    for (const { contract } of await allRoutes()) {
      if (!contract.path.includes(':')) continue;
      const body = sampleOf(contract.body);
      await assertAnswered({
        method: contract.method,
        path: contract.path.replace(/:\w+/g, param),
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
    }
  });

  it.each(QUERIES)('"?%s" is answered by every route', async (query) => {
    for (const { contract } of await allRoutes()) {
      if (contract.method !== 'GET') continue;
      const path = contract.path.replace(/:\w+/g, workspaceId);
      await assertAnswered({ method: 'GET', path: `${path}?${query}` });
    }
  });

  it.each(BODIES)('the body %s is answered by every route', async (body) => {
    for (const { name, contract } of await allRoutes()) {
      if (contract.method === 'GET' || name === 'authRoutes.logout') continue;
      const path = contract.path.replace(/:\w+/g, 'nobody');
      await assertAnswered({ method: contract.method, path, body });
      await assertAnswered({
        method: contract.method,
        path,
        body,
        headers: { 'content-type': 'text/plain' },
      });
    }
  });

  it.each([
    ['a zero', 'zero\0zero'],
    ['half a character', 'half\ud800half'],
    ['control characters', 'bell\u0007\u001b[2Jbell'],
  ])('%s in texts is answered by every route', async (_case, text) => {
    for (const { name, contract } of await allRoutes()) {
      const body = sampleOf(contract.body, text);
      if (body === undefined || name === 'authRoutes.logout') continue;
      for (const handle of ['nobody', workspaceId, 'shop'])
        await assertAnswered({
          method: contract.method,
          path: contract.path.replace(/:\w+/g, handle),
          body: JSON.stringify(body),
        });
    }
  });

  it('a body that is too large is refused with the envelope', async () => {
    const answer = await request(running.product.origin, {
      method: 'POST',
      path: '/api/v1/projects',
      token: running.token,
      body: JSON.stringify({ name: 'x'.repeat(9 * 1024 * 1024) }),
    });

    expect(answer).toMatchObject({ status: 413, code: 'body_too_large' });
  });

  it('texts that are too long for the database are refused by every route that takes them', async () => {
    for (const { name, contract } of await allRoutes()) {
      const body = sampleOf(contract.body, 'y'.repeat(100_000));
      if (body === undefined || name === 'authRoutes.logout') continue;
      await assertAnswered({
        method: contract.method,
        path: contract.path.replace(/:\w+/g, workspaceId),
        body: JSON.stringify(body),
      });
    }
  });

  it('paths and methods that do not exist are answered in the envelope', async () => {
    for (const path of ['/api/v1/nothing', '/api/v1/%', '/api/v2/projects', '/mcp/nothing'])
      for (const method of ['GET', 'POST', 'DELETE']) await assertAnswered({ method, path });
  });
});
