import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** Of one hop, or of no use to who answers. */
const NOT_PASSED_ON = new Set([
  ...['connection', 'host', 'keep-alive', 'proxy-authorization', 'proxy-connection', 'te'],
  ...['trailer', 'transfer-encoding', 'upgrade', 'expect', 'cookie', 'x-api-key', 'authorization'],
]);

/** Digests are of one length, so that comparing them takes the same time whatever was shown. */
function isSame(left: string, right: string): boolean {
  const digestOf = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digestOf(left), digestOf(right));
}

/**
 * headersToPassOn leaves out the key of this workspace; a key of the person's own stays, and counts. Undefined: the
 * request shows no key at all, as one of a neighbour on the same machine does.
 */
export function headersToPassOn(
  headers: IncomingHttpHeaders,
  localKey: string,
): Record<string, string> | undefined {
  const { 'x-api-key': apiKey, authorization } = headers;
  const shown = [
    ['x-api-key', typeof apiKey === 'string' ? apiKey : '', apiKey],
    ['authorization', authorization?.replace(/^bearer\s+/i, '') ?? '', authorization],
  ] as const;
  if (shown.every(([, key]) => key === '')) return undefined;
  const own = shown.filter(([, key]) => key !== '' && !isSame(key, localKey));
  const others = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined || NOT_PASSED_ON.has(name) ? [] : [[name, String(value)] as const],
  );
  return Object.fromEntries([
    ...others,
    ...own.map(([name, , value]) => [name, String(value)] as const),
  ]);
}
