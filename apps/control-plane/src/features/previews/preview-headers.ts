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
/**
 * Set anew, or answered by the server itself, as `expect` is. What proxies say of visitors an app believes, and CGI
 * takes `proxy` for the variable of that name.
 */
const REPLACED = /^(?:host|expect|proxy|forwarded|x-real-ip|x-forwarded-.*)$/;
/** Whose loss would change where the request ends: naming it as hop-by-hop drops nothing. */
const ESSENTIAL = 'content-length';
/** Of the app's own host; `cookies` are those of the whole site, with its neighbours and the dashboard. */
const OWN_DATA = new Set(['"cache"', '"storage"', '"executionContexts"']);
const OWN_TOKEN = /^bearer\s+sptf_/i;
/** What can be written as it is: Node has refused everything else in headers, but not in paths. */
const REQUEST_TARGET = /^[\x21-\x7e]+$/;

/**
 * requestHead is what the app gets: credentials of the control plane never leave it. Undefined when the path can't be
 * said in HTTP/1.1.
 */
export function requestHead(
  request: IncomingMessage,
  { forwarding, extra = [] }: { forwarding: string; extra?: readonly string[] },
): string | undefined {
  const target = pathOfPreview(request);
  if (!REQUEST_TARGET.test(target)) return undefined;
  const { rawHeaders } = request;
  const named = namedByConnection(request.headers.connection);
  let head = `${request.method} ${target} HTTP/1.1\r\nHost: ${request.headers.host ?? ''}\r\n`;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    const value = forwardedValue(name.toLowerCase(), rawHeaders[index + 1] ?? '', named);
    if (value !== undefined) head += `${name}: ${value}\r\n`;
  }
  for (const line of extra) head += `${line}\r\n`;
  return `${head}${forwarding}\r\n`;
}

function forwardedValue(
  key: string,
  value: string,
  named: ReadonlySet<string> | undefined,
): string | undefined {
  if (key === ESSENTIAL) return value;
  // Many servers take one for the other.
  const meant = key.includes('_') ? key.replaceAll('_', '-') : key;
  if (HOP_BY_HOP.has(meant) || REPLACED.test(meant) || named?.has(key)) return undefined;
  if (key === 'authorization') return OWN_TOKEN.test(value) ? undefined : value;
  if (key !== 'cookie') return value;
  const cookies = withoutOwnCookies(value);
  return cookies === '' ? undefined : cookies;
}

/** answerHeaders are what the browser gets: an app sets and clears what is its own host's only, and none of ours. */
export function answerHeaders(headers: readonly string[], connection?: string): string[] {
  const named = namedByConnection(connection);
  const kept: string[] = [];
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? '';
    const value = headers[index + 1] ?? '';
    const key = name.toLowerCase();
    if (HOP_BY_HOP.has(key) || named?.has(key)) continue;
    const passed = answeredValue(key, value);
    if (passed !== undefined) kept.push(name, passed);
  }
  return kept;
}

function answeredValue(key: string, value: string): string | undefined {
  if (key === 'set-cookie')
    return isOwnCookie(value) ? undefined : value.replace(/;\s*domain\s*=[^;]*/gi, '');
  if (key !== 'clear-site-data') return value;
  const kinds = value.split(',').map((kind) => kind.trim());
  const cleared = kinds.includes('"*"')
    ? [...OWN_DATA]
    : kinds.filter((kind) => OWN_DATA.has(kind));
  return cleared.length > 0 ? cleared.join(', ') : undefined;
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
