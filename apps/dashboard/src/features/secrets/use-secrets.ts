import type { RouteInput } from '@spt-flow/shared/api/route';
import { secretRoutes } from '@spt-flow/shared/api/secrets';
import { useServices } from '../../lib/services.ts';
import { useAction } from '../../lib/use-action.ts';
import { useLoaded } from '../../lib/use-loaded.ts';

export type SecretScope = RouteInput<typeof secretRoutes.list>['query'];
export interface NewSecret {
  readonly name: string;
  readonly value: string;
  readonly restartApps: boolean;
}

/** useSecrets lists and changes the secrets of a scope; what was typed leaves for the server, and is never read back. */
export function useSecrets(scope: () => SecretScope) {
  const { api } = useServices();
  const {
    data: secrets,
    problem,
    reload,
  } = useLoaded(
    () => JSON.stringify(scope()),
    (_key, signal) => api.call(secretRoutes.list, { query: scope() }, { signal }),
  );

  const saving = useAction(async ({ name, value, restartApps }: NewSecret) => {
    const known = secrets.value?.items.find((each) => each.name === name);
    await api.call(secretRoutes.put, {
      ...{ params: { name }, query: scope() },
      body: { value, restartApps, ifVersion: known?.version ?? 0 },
    });
    await reload();
    return true;
  });
  const removing = useAction(async (name: string) => {
    await api.call(secretRoutes.remove, { params: { name }, query: scope() });
    await reload();
  });
  const restoring = useAction(async (name: string, version: number) => {
    await api.call(secretRoutes.restore, {
      ...{ params: { name }, query: scope(), body: { version } },
    });
    await reload();
  });
  return { secrets, problem, reload, saving, removing, restoring };
}
