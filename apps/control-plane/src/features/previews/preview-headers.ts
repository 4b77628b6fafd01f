import type { IncomingMessage } from 'node:http';
import { SESSION_COOKIE } from '../../plugins/authentication.ts';

/** Headers as a flat list of names and values, because repeated ones must stay repeated. */
export type HeaderList = readonly string[];

const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
/** The server has answered `expect` itself; the forwarding headers are set anew. */
const REPLACED = new Set(['expect', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto']);
const OWN_TOKEN = /^bearer\s+sptf_/i;

/** forwardedHeaders are what the app gets: credentials of the control plane never leave it. */
export function forwardedHeaders(request: IncomingMessage): string[] {
  const headers = endToEnd(request.rawHeaders, request.headers.connection).flatMap(
    ([name, value]) => {
      const key = name.toLowerCase();
      if (REPLACED.has(key) || (key === 'authorization' && OWN_TOKEN.test(value))) return [];
      if (key !== 'cookie') return [name, value];
      const cookies = withoutSessionCookie(value);
      return cookies === '' ? [] : [name, cookies];
    },
  );
  return [...headers, ...forwardingHeaders(request)];
}

/** answerHeaders are what the browser gets: an app sets cookies for its own host only. */
export function answerHeaders(answer: IncomingMessage): string[] {
  return endToEnd(answer.rawHeaders, answer.headers.connection).flatMap(([name, value]) =>
    name.toLowerCase() === 'set-cookie'
      ? [name, value.replace(/;\s*domain\s*=[^;]*/gi, '')]
      : [name, value],
  );
}

function endToEnd(raw: HeaderList, connection: string | undefined): [string, string][] {
  const named = new Set((connection ?? '').split(',').map((name) => name.trim().toLowerCase()));
  return pairs(raw).filter(([name]) => {
    const key = name.toLowerCase();
    return !HOP_BY_HOP.has(key) && !named.has(key);
  });
}

function pairs(raw: HeaderList): [string, string][] {
  return Array.from({ length: raw.length / 2 }, (_, index) => [
    raw[index * 2] ?? '',
    raw[index * 2 + 1] ?? '',
  ]);
}

function withoutSessionCookie(value: string): string {
  return value
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '' && part.split('=', 1)[0] !== SESSION_COOKIE)
    .join('; ');
}

function forwardingHeaders(request: IncomingMessage): string[] {
  const { headers, socket } = request;
  const before = headers['x-forwarded-for'];
  const address = socket.remoteAddress ?? 'unknown';
  return [
    'X-Forwarded-For',
    before === undefined ? address : `${String(before)}, ${address}`,
    'X-Forwarded-Host',
    headers.host ?? '',
    'X-Forwarded-Proto',
    headers['x-forwarded-proto'] === 'https' ? 'https' : 'http',
  ];
}
