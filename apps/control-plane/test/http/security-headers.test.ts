import Fastify from 'fastify';
import { expect, it } from 'vitest';
import { createStrictTransport } from '../../src/lib/strict-transport.ts';
import { securityHeadersPlugin } from '../../src/plugins/security-headers.ts';

it('tell a browser that came by https to come so always, and nobody else', async () => {
  const app = Fastify();
  await app.register(securityHeadersPlugin, {
    frameSource: "'none'",
    strictTransport: createStrictTransport('https://flow.example.org'),
  });
  const told = async (headers: Record<string, string>) =>
    (await app.inject({ url: '/', headers })).headers['strict-transport-security'];

  expect(await told({ 'x-forwarded-proto': 'https' })).toBe('max-age=15552000');
  expect(await told({ 'x-forwarded-proto': 'http' })).toBeUndefined();
  expect(await told({})).toBeUndefined();
});
