import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createRequestPath } from '../../lib/request-path.ts';
import { createOwnHeaders } from './own-headers.ts';

const HTTPS = 'https://flow.example.org';
const CLAIMS = { 'x-forwarded-for': '10.9.9.9, 192.0.2.7', 'x-forwarded-proto': 'https' };
const PLACE = { isPublic: true, isDomain: false };

function visit(headers: Readonly<Record<string, string>>, trusted: readonly string[] = []) {
  const request = new IncomingMessage(new Socket());
  Object.assign(request.headers, { host: 'shop.example.org', ...headers });
  Object.defineProperty(request.socket, 'remoteAddress', { value: '127.0.0.1' });
  const requestPath = createRequestPath(trusted);
  return (publicUrl: string, place = PLACE) => {
    const own = createOwnHeaders({ requestPath, publicUrl });
    return { asked: own.ofRequest(request), answered: own.ofAnswer(request, place) };
  };
}

function told(address: string, protocol: string): string {
  return `X-Forwarded-For: ${address}\r\nX-Forwarded-Host: shop.example.org\r\nX-Forwarded-Proto: ${protocol}\r\n`;
}

describe('who asked', () => {
  it('is the connection, whatever the visitor says', () => {
    expect(visit(CLAIMS)('http://flow.example.org').asked).toBe(told('127.0.0.1', 'http'));
  });

  it('is what a trusted proxy says, up to the first who is none', () => {
    const { asked } = visit(CLAIMS, ['loopback'])('http://flow.example.org');

    expect(asked).toBe(told('192.0.2.7, 127.0.0.1', 'https'));
  });

  it('came by https where everybody does', () => {
    expect(visit({})(HTTPS).asked).toBe(told('127.0.0.1', 'https'));
  });
});

describe('that one comes by https only', () => {
  const STRICT = ['Strict-Transport-Security', 'max-age=15552000'];

  it('is said to who came so', () => {
    expect(visit(CLAIMS)(HTTPS).answered).toEqual(STRICT);
  });

  it.each([
    ['over plain http', {}, ['loopback'], HTTPS, PLACE],
    [
      'by a proxy to whom one came by http',
      { 'x-forwarded-proto': 'https, http' },
      [],
      HTTPS,
      PLACE,
    ],
    ['where the public address is plain', CLAIMS, ['loopback'], 'http://flow.example.org', PLACE],
    ['of a port among others', CLAIMS, ['loopback'], `${HTTPS}:8443`, PLACE],
    ['of this very machine', CLAIMS, ['loopback'], 'https://localhost', PLACE],
    ['of an address', CLAIMS, ['loopback'], 'https://[::1]', PLACE],
    ['at a name of the owner’s', CLAIMS, ['loopback'], HTTPS, { ...PLACE, isDomain: true }],
  ])('is not said %s', (_case, headers, trusted, publicUrl, place) => {
    expect(visit(headers, trusted)(publicUrl, place).answered).toEqual([]);
  });
});

describe('who may frame an app that is not public', () => {
  it.each([
    [HTTPS, "frame-ancestors 'self' https://flow.example.org"],
    ['http://localhost:3000', "frame-ancestors 'self' http://localhost:3000 http://127.0.0.1:3000"],
  ])('is the dashboard at %s, and no neighbour', (publicUrl, policy) => {
    const { answered } = visit({})(publicUrl, { ...PLACE, isPublic: false });

    expect(answered).toEqual(['Content-Security-Policy', policy]);
  });
});
