import { CORRELATION_HEADER } from '@spt-flow/shared/api/common';
import { openSocket, type Socket } from './socket.ts';

/** ClientOptions are where to ask, and as whom. */
export interface ClientOptions {
  readonly server: string;
  readonly token: string | undefined;
  readonly correlationId: string;
  readonly fetch: typeof fetch;
  readonly signal: AbortSignal;
}

interface SocketOptions {
  readonly query?: Record<string, string>;
  readonly protocol?: string;
}

/** headersOf names the caller, in requests and sockets. */
export function headersOf({ correlationId, token }: ClientOptions): Record<string, string> {
  return {
    [CORRELATION_HEADER]: correlationId,
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
}

/** openApiSocket opens a WebSocket of the API. It needs none of the contracts, which take their time to load. */
export function openApiSocket(
  options: ClientOptions,
  path: string,
  { query = {}, protocol }: SocketOptions = {},
): Promise<Socket> {
  const url = new URL(`${options.server.replace(/^http/, 'ws')}${path}`);
  url.search = new URLSearchParams(query).toString();
  const { correlationId, signal } = options;
  return openSocket({
    url: url.href,
    headers: headersOf(options),
    protocol,
    correlationId,
    signal,
  });
}
