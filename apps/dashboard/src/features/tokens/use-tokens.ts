import { tokenRoutes } from '@spt-flow/shared/api/tokens';
import type { RouteData, RouteInput } from '@spt-flow/shared/api/route';
import { shallowRef } from 'vue';
import { useServices } from '../../lib/services.ts';
import { useAction } from '../../lib/use-action.ts';
import { useLoaded } from '../../lib/use-loaded.ts';

export type Token = RouteData<typeof tokenRoutes.listTokens>['items'][number];
export type NewToken = RouteInput<typeof tokenRoutes.createToken>['body'];

/** useTokens lists, creates and revokes my tokens; the value of a created one lives only in `created`. */
export function useTokens() {
  const { api } = useServices();
  const created = shallowRef<RouteData<typeof tokenRoutes.createToken>>();
  const {
    data: tokens,
    problem,
    reload,
  } = useLoaded(
    () => 'tokens',
    async (_key, signal) => (await api.call(tokenRoutes.listTokens, {}, { signal })).items,
  );

  const creating = useAction(async (body: NewToken) => {
    created.value = await api.call(tokenRoutes.createToken, { body });
    await reload();
  });
  const revoking = useAction(async (id: string) => {
    await api.call(tokenRoutes.revokeToken, { params: { id } });
    if (created.value?.id === id) created.value = undefined;
    await reload();
  });

  return { tokens, problem, reload, creating, revoking, created };
}
