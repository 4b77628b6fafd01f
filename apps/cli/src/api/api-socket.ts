import { CORRELATION_HEADER } from '@spt-flow/shared/api/common';
import type { Transport } from '@spt-flow/tunnel/types';
import { openSocket, type Socket, type SocketRequest } from './socket.ts';
import { openTunnelTransport, type TunnelKind } from './tunnel-transport.ts';

/** ClientOptions are where to ask, and as whom. */
export interface ClientOptions {
  readonly server: string;
  readonly token: string | undefined;
  readonly correlationId: string;
  readonly fetch: typeof fetch;
  readonly signal: AbortSignal;
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
  query: Record<string, string> = {},
): Promise<Socket> {
  return openSocket(requestOf(options, path, query));
}

/** openApiTunnel opens a WebSocket of the API that carries a tunnel. */
export function openApiTunnel(
  options: ClientOptions,
  path: string,
  { query = {}, ...kind }: TunnelKind & { query?: Record<string, string> },
): Promise<Transport> {
  return openTunnelTransport({ ...requestOf(options, path, query), ...kind });
}

function requestOf(
  options: ClientOptions,
  path: string,
  query: Record<string, string>,
): SocketRequest {
  const url = new URL(`${options.server.replace(/^http/, 'ws')}${path}`);
  url.search = new URLSearchParams(query).toString();
  const { correlationId, signal } = options;
  return { url: url.href, headers: headersOf(options), correlationId, signal };
}
