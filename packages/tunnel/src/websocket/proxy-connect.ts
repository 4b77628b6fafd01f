import { Buffer } from 'node:buffer';
import type { DialTarget } from './byte-socket.ts';
import type { HttpHead } from './http-head.ts';
import { TunnelError } from '../types.ts';

/** proxyConnectRequest asks an HTTP proxy for a connection to the target (RFC 9110, CONNECT). */
export function proxyConnectRequest(
  { host, port }: Pick<DialTarget, 'host' | 'port'>,
  { username, password }: URL,
): string {
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const lines = [`CONNECT ${authority} HTTP/1.1`, `Host: ${authority}`];
  if (username !== '') {
    const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    lines.push(`Proxy-Authorization: Basic ${Buffer.from(credentials).toString('base64')}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** Throws TunnelError `proxy_<status>` unless the proxy connected, and nobody spoke before us. */
export function checkProxyAnswer({ status, rest }: Pick<HttpHead, 'status' | 'rest'>): void {
  if (status < 200 || status > 299) {
    throw new TunnelError(`proxy_${status}`, `The proxy answered ${status}`);
  }
  if (rest.length > 0) throw new TunnelError('connect_failed', 'The proxy sent unexpected bytes');
}
