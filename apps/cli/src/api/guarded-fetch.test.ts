import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { guardedFetch } from './guarded-fetch.ts';

const LIMITS = { timeoutMs: 60_000, maxBytes: 10 };

describe('guardedFetch', () => {
  it('passes on status, headers and body', async () => {
    const inner = () =>
      Promise.resolve(new Response('short', { status: 404, headers: { a: 'b' } }));
    const response = await guardedFetch(inner, LIMITS)('http://x');

    expect([response.status, response.headers.get('a'), await response.text()]).toEqual([
      404,
      'b',
      'short',
    ]);
  });

  it('gives nothing of an answer above the limit', async () => {
    const inner = () => Promise.resolve(new Response('much too long'));

    expect(await (await guardedFetch(inner, LIMITS)('http://x')).text()).toBe('');
  });

  it('fails when time is up, while an answer is awaited', async () => {
    const inner: typeof fetch = async (_, init) => {
      if (init?.signal) await once(init.signal, 'abort');
      init?.signal?.throwIfAborted();
      return new Response('late');
    };

    await expect(guardedFetch(inner, { ...LIMITS, timeoutMs: 1 })('http://x')).rejects.toThrow(
      'timeout',
    );
  });

  it('follows no redirect', async () => {
    let asked: RequestInit | undefined;
    const inner: typeof fetch = (_, init) => {
      asked = init;
      return Promise.resolve(new Response());
    };
    await guardedFetch(inner, LIMITS)('http://x');

    expect(asked?.redirect).toBe('manual');
  });
});
