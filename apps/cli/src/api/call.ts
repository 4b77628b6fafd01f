import { createApiClient } from '@spt-flow/shared/api/client';
import type { RouteContract, RouteData, RouteInput } from '@spt-flow/shared/api/route';
import { headersOf, type ClientOptions } from './api-socket.ts';
import { GUARD, guardedFetch } from './guarded-fetch.ts';

/** Call asks a route of the server. */
export type Call = <T extends RouteContract>(
  route: T,
  input: RouteInput<T>,
) => Promise<RouteData<T>>;

/** createCall asks on behalf of a person; an answer may take as long as told. */
export function createCall(options: ClientOptions, timeoutMs = GUARD.timeoutMs): Call {
  const headers = headersOf(options);
  const api = createApiClient({
    baseUrl: options.server,
    fetch: guardedFetch(options.fetch, { ...GUARD, timeoutMs }),
    headers: () => headers,
    newCorrelationId: () => options.correlationId,
  });
  return (route, input) => api.call(route, input, { signal: options.signal });
}
