import { createHash } from 'node:crypto';
import type { HttpHead } from './http-head.ts';
import { TunnelError } from '../types.ts';

const ACCEPT_SUFFIX = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

interface UpgradeRequest {
  readonly url: string;
  readonly protocol: string;
  readonly key: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function upgradeRequest({ url, protocol, key, headers }: UpgradeRequest): string {
  const { host, pathname, search } = new URL(url);
  const lines = [
    `GET ${pathname}${search} HTTP/1.1`,
    `Host: ${host}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${key}`,
    `Sec-WebSocket-Protocol: ${protocol}`,
  ];
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (/[\r\n]/.test(name + value)) throw new TunnelError('bad_header', 'Header has a line break');
    lines.push(`${name}: ${value}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** Throws unless the server agreed to exactly what was asked for. */
export function checkUpgradeResponse(
  { status, headers }: Pick<HttpHead, 'status' | 'headers'>,
  { key, protocol }: Pick<UpgradeRequest, 'key' | 'protocol'>,
): void {
  if (status !== 101) {
    const retryAfter = /^\d{1,5}$/.exec(headers.get('retry-after') ?? '')?.[0];
    const retryAfterSeconds = retryAfter === undefined ? undefined : Number(retryAfter);
    throw new TunnelError(`http_${status}`, `Server answered ${status}`, { retryAfterSeconds });
  }
  if (headers.get('upgrade')?.toLowerCase() !== 'websocket') throw refusal('No upgrade');
  if (headers.get('connection')?.toLowerCase() !== 'upgrade') throw refusal('No upgrade');
  if (headers.get('sec-websocket-accept') !== acceptOf(key)) throw refusal('Wrong accept key');
  if (headers.get('sec-websocket-protocol') !== protocol) throw refusal('Wrong sub-protocol');
  if (headers.has('sec-websocket-extensions')) throw refusal('Extensions were not asked for');
}

/** acceptOf proves that the server read the client's key. */
export function acceptOf(key: string): string {
  return createHash('sha1')
    .update(key + ACCEPT_SUFFIX)
    .digest('base64');
}

function refusal(message: string): TunnelError {
  return new TunnelError('connect_failed', message);
}
