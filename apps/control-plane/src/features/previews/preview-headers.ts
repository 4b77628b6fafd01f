import type { IncomingMessage } from 'node:http';
import { isOwnCookie, withoutOwnCookies } from './preview-cookies.ts';

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
/** Whose loss would change what the request says, or where it ends: naming them as hop-by-hop drops nothing. */
const ESSENTIAL = new Set(['content-length', 'host']);
const OWN_TOKEN = /^bearer\s+sptf_/i;
/** What can be written as it is: Node has refused everything else in headers, but not in paths. */
const REQUEST_TARGET = /^[\x21-\x7e]+$/;

/**
 * requestHead is what the app gets: credentials of the control plane never leave it. Undefined when the path can't be
 * said in HTTP/1.1.
 */
export function requestHead(
  request: IncomingMessage,
  extra: readonly string[] = [],
): string | undefined {
  const target = pathOfPreview(request);
  if (!REQUEST_TARGET.test(target)) return undefined;
  const { rawHeaders } = request;
  const named = namedByConnection(request.headers.connection);
  let head = `${request.method} ${target} HTTP/1.1\r\n`;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    const value = forwardedValue(name.toLowerCase(), rawHeaders[index + 1] ?? '', named);
    if (value !== undefined) head += `${name}: ${value}\r\n`;
  }
  for (const line of extra) head += `${line}\r\n`;
  return `${head}${forwardingHeaders(request)}\r\n`;
}

function forwardedValue(
  key: string,
  value: string,
  named: ReadonlySet<string> | undefined,
): string | undefined {
  if (ESSENTIAL.has(key)) return value;
  if (HOP_BY_HOP.has(key) || REPLACED.has(key) || named?.has(key)) return undefined;
  if (key === 'authorization') return OWN_TOKEN.test(value) ? undefined : value;
  if (key !== 'cookie') return value;
  const cookies = withoutOwnCookies(value);
  return cookies === '' ? undefined : cookies;
}

/** answerHeaders are what the browser gets: an app sets cookies for its own host only, and none of ours. */
export function answerHeaders(headers: readonly string[], connection?: string): string[] {
  const named = namedByConnection(connection);
  const kept: string[] = [];
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? '';
    const value = headers[index + 1] ?? '';
    const key = name.toLowerCase();
    if (HOP_BY_HOP.has(key) || named?.has(key)) continue;
    if (key !== 'set-cookie') kept.push(name, value);
    else if (!isOwnCookie(value)) kept.push(name, value.replace(/;\s*domain\s*=[^;]*/gi, ''));
  }
  return kept;
}

/** The usual values name no header. */
function namedByConnection(connection: string | undefined): ReadonlySet<string> | undefined {
  if (connection === undefined || /^(?:keep-alive|close|upgrade)$/i.test(connection))
    return undefined;
  return new Set(connection.split(',').map((name) => name.trim().toLowerCase()));
}

/** pathOfPreview is what a request asks for, with its query: proxies may be asked by absolute URL, apps expect a path. */
export function pathOfPreview({ url = '/' }: Pick<IncomingMessage, 'url'>): string {
  return url.startsWith('/') ? url : url.replace(/^https?:\/\/[^/]*/i, '') || '/';
}

function forwardingHeaders({ headers, socket }: IncomingMessage): string {
  const before = headers['x-forwarded-for'];
  const address = socket.remoteAddress ?? 'unknown';
  const chain = before === undefined ? address : `${String(before)}, ${address}`;
  const protocol = headers['x-forwarded-proto'] === 'https' ? 'https' : 'http';
  return `X-Forwarded-For: ${chain}\r\nX-Forwarded-Host: ${headers.host ?? ''}\r\nX-Forwarded-Proto: ${protocol}\r\n`;
}
