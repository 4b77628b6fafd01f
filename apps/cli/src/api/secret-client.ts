import type { RouteInput } from '@spt-flow/shared/api/route';
import { secretRoutes } from '@spt-flow/shared/api/secrets';
import type { Call } from './call.ts';
import type { ScopeQuery } from './secret-scope.ts';

/** createSecretClient sets secrets and lists their names; no call answers a value. */
export function createSecretClient(call: Call) {
  return {
    listSecrets: (query: ScopeQuery) => call(secretRoutes.list, { query }),
    putSecret: (
      name: string,
      query: ScopeQuery,
      body: RouteInput<typeof secretRoutes.put>['body'],
    ) => call(secretRoutes.put, { params: { name }, query, body }),
    removeSecret: (name: string, query: ScopeQuery, { forever }: { forever: boolean }) =>
      call(secretRoutes.remove, {
        params: { name },
        query: { ...query, forever: forever ? 'true' : 'false' },
      }),
    listSecretVersions: (name: string, query: ScopeQuery) =>
      call(secretRoutes.versions, { params: { name }, query }),
    restoreSecret: (
      name: string,
      query: ScopeQuery,
      body: RouteInput<typeof secretRoutes.restore>['body'],
    ) => call(secretRoutes.restore, { params: { name }, query, body }),
  };
}
