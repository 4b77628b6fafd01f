import { logRoutes, type FoundLogLine } from '@spt-flow/shared/api/logs';
import { onScopeDispose, shallowRef, watch } from 'vue';
import { problemOf, type Problem } from '../../lib/problem.ts';
import { useServices } from '../../lib/services.ts';
import { useAddressFilter } from '../../lib/use-address-filter.ts';
import { ALL, queryOf, UNFILTERED } from './log-filter.ts';

const PAGE_SIZE = 200;
const PAUSE_MS = 250;

/** useLogSearch finds lines of all workspaces, the newest first. */
export function useLogSearch() {
  const { api } = useServices();
  const filter = useAddressFilter({ ...UNFILTERED, project: ALL, workspace: ALL });
  const found = shallowRef<readonly FoundLogLine[]>();
  const problem = shallowRef<Problem>();
  const isLoading = shallowRef(false);
  const nextCursor = shallowRef<string | null>(null);
  let current: AbortController | undefined;

  async function load(cursor?: string): Promise<void> {
    current?.abort();
    const own = (current = new AbortController());
    const { project, workspace } = filter;
    const query = {
      ...{ ...queryOf(filter), limit: PAGE_SIZE },
      ...(project !== ALL && { project }),
      ...(workspace !== ALL && { workspace }),
      ...(cursor !== undefined && { cursor }),
    };
    isLoading.value = true;
    try {
      const page = await api.call(logRoutes.search, { query }, { signal: own.signal });
      if (own.signal.aborted) return;
      found.value = cursor === undefined ? page.items : [...(found.value ?? []), ...page.items];
      nextCursor.value = page.nextCursor;
      problem.value = undefined;
    } catch (error) {
      if (!own.signal.aborted) problem.value = problemOf(error);
    } finally {
      if (current === own) isLoading.value = false;
    }
  }

  let timer: ReturnType<typeof setTimeout> | undefined;
  watch(
    () => ({ ...filter }),
    () => {
      clearTimeout(timer);
      timer = setTimeout(() => void load(), PAUSE_MS);
    },
  );
  onScopeDispose(() => {
    clearTimeout(timer);
    current?.abort();
  });
  void load();

  return {
    ...{ filter, found, problem, isLoading, nextCursor },
    reload: () => load(),
    more: () => load(nextCursor.value ?? undefined),
  };
}
