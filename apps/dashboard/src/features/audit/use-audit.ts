import { auditRoutes, type AuditEntry, type AuditLogName } from '@spt-flow/shared/api/audit';
import { computed, shallowRef } from 'vue';
import { refDebounced } from '@vueuse/core';
import { useServices } from '../../lib/services.ts';
import { useAction } from '../../lib/use-action.ts';
import { useAddressFilter } from '../../lib/use-address-filter.ts';
import { useLoaded } from '../../lib/use-loaded.ts';
import { logQuery, queryOf, UNFILTERED } from './audit-filter.ts';

const LIMIT = 100;
const PAUSE_MS = 250;

/** useAudit lists what was done, as the address says. */
export function useAudit(log: AuditLogName) {
  const { api } = useServices();
  const filter = useAddressFilter(UNFILTERED);
  const older = shallowRef<readonly AuditEntry[]>([]);
  const cursor = shallowRef<string | null>(null);
  const query = computed(() => ({ ...logQuery(log), ...queryOf(filter), limit: LIMIT }));
  const key = computed(() => JSON.stringify(query.value));
  const settled = refDebounced(key, PAUSE_MS);

  const { data, problem, reload } = useLoaded(
    () => settled.value,
    async (_key, signal) => {
      const page = await api.call(auditRoutes.list, { query: query.value }, { signal });
      older.value = [];
      cursor.value = page.nextCursor;
      return page.items;
    },
  );
  const entries = computed(() => data.value && [...data.value, ...older.value]);
  const more = useAction(async () => {
    if (cursor.value === null) return;
    const page = await api.call(auditRoutes.list, {
      query: { ...query.value, cursor: cursor.value },
    });
    older.value = [...older.value, ...page.items];
    cursor.value = page.nextCursor;
  });
  return { filter, entries, problem, reload, cursor, more };
}
