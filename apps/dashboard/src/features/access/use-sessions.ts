import type { RouteInput } from '@spt-flow/shared/api/route';
import { sessionRoutes, type Session, type SessionEnd } from '@spt-flow/shared/api/sessions';
import { useDocumentVisibility, useIntervalFn } from '@vueuse/core';
import { computed, shallowRef } from 'vue';
import { useServices } from '../../lib/services.ts';
import { useAction } from '../../lib/use-action.ts';
import { useAddressFilter } from '../../lib/use-address-filter.ts';
import { useLoaded } from '../../lib/use-loaded.ts';

type Query = RouteInput<typeof sessionRoutes.list>['query'];

const REFRESH_MS = 5_000;
const LIMIT = 100;
const QUERIES: Readonly<Record<string, Query>> = {
  open: { state: 'open' },
  over: { state: 'over' },
  recorded: { recorded: 'true' },
};
export const ALL = 'all';

/** useSessions lists who is connected, who was, or what was recorded, as the address says. */
export function useSessions() {
  const { api } = useServices();
  const filter = useAddressFilter({ show: 'open', workspace: ALL });
  const older = shallowRef<readonly Session[]>([]);
  const cursor = shallowRef<string | null>();
  const visibility = useDocumentVisibility();

  const query = computed<Query>(() => ({
    ...(QUERIES[filter.show] ?? QUERIES['open']),
    ...(filter.workspace !== ALL && { workspace: filter.workspace }),
    limit: LIMIT,
  }));
  const { data, problem, isLoading, reload } = useLoaded(
    () => JSON.stringify(query.value),
    async (_key, signal) => {
      const page = await api.call(sessionRoutes.list, { query: query.value }, { signal });
      older.value = [];
      cursor.value = page.nextCursor;
      return page.items;
    },
  );
  const sessions = computed(() => data.value && [...data.value, ...older.value]);
  const more = useAction(async () => {
    if (!cursor.value) return;
    const page = await api.call(sessionRoutes.list, {
      query: { ...query.value, cursor: cursor.value },
    });
    older.value = [...older.value, ...page.items];
    cursor.value = page.nextCursor;
  });

  const ended = shallowRef<SessionEnd>();
  const ending = useAction(async ({ id }: Session) => {
    ended.value = await api.call(sessionRoutes.end, { params: { id } });
    await reload();
  });

  // Who is connected changes all the time; what is over does not.
  useIntervalFn(() => {
    if (filter.show === 'open' && visibility.value === 'visible' && !isLoading.value) void reload();
  }, REFRESH_MS);

  return { filter, sessions, problem, reload, cursor, more, ended, ending };
}
