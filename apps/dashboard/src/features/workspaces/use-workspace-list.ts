import type { Workspace } from '@spt-flow/shared/api/workspaces';
import { computed } from 'vue';
import { useRoute, useRouter } from 'vue-router';
import { workspaceWords } from './workspace-words.ts';

const FILTERS = ['state', 'owner', 'template', 'where'] as const;
export type Filter = (typeof FILTERS)[number];
const SORTS = ['name', 'state', 'owner', 'where', 'cost'] as const;
export type Sort = (typeof SORTS)[number];
export const ALL = 'all';
/** In place of a template's name. */
export const WITHOUT = '-';

const VALUES: Readonly<Record<Filter, (workspace: Workspace) => string>> = {
  state: (workspace) => workspaceWords(workspace).label,
  owner: ({ ownerId }) => ownerId,
  template: ({ template }) => template?.name ?? WITHOUT,
  where: ({ provider }) => provider,
};

const KEYS: Readonly<Record<Sort, (workspace: Workspace) => string | number>> = {
  name: ({ name }) => name,
  state: VALUES.state,
  owner: ({ ownerName }) => ownerName,
  where: VALUES.where,
  cost: ({ costPerHour, actualState }) =>
    actualState === 'running' ? (costPerHour?.amount ?? 0) : 0,
};

export function filterValue(workspace: Workspace, filter: Filter): string {
  return VALUES[filter](workspace);
}

/** useWorkspaceList filters and sorts as the address says, so that a view can be sent to somebody and come back to. */
export function useWorkspaceList(workspaces: () => readonly Workspace[]) {
  const route = useRoute();
  const router = useRouter();

  function inAddress(name: string, unset: string) {
    return computed({
      get: () => String(route.query[name] ?? unset),
      set: (value) => {
        const { [name]: _before, ...others } = route.query;
        const query = value === unset ? others : { ...others, [name]: value };
        void router.replace({ query });
      },
    });
  }

  const filters = {
    state: inAddress('state', ALL),
    owner: inAddress('owner', ALL),
    template: inAddress('template', ALL),
    where: inAddress('where', ALL),
  };
  const text = inAddress('q', '');
  const order = inAddress('sort', 'name');
  const sort = computed(() => {
    const name = order.value.replace(/^-/, '');
    const by = SORTS.find((known) => known === name) ?? 'name';
    return { by, isDescending: order.value.startsWith('-') };
  });

  function sortBy(by: Sort): void {
    const { by: before, isDescending } = sort.value;
    order.value = before === by && !isDescending ? `-${by}` : by;
  }

  const shown = computed(() => {
    const words = text.value.trim().toLowerCase();
    const key = KEYS[sort.value.by];
    const sign = sort.value.isDescending ? -1 : 1;
    return workspaces()
      .filter(
        (workspace) =>
          FILTERS.every((filter) => {
            const wanted = filters[filter].value;
            return wanted === ALL || wanted === VALUES[filter](workspace);
          }) && [workspace.name, workspace.ownerName].join(' ').toLowerCase().includes(words),
      )
      .sort((a, b) => sign * compare(key(a), key(b)) || compare(a.name, b.name));
  });

  return { filters, text, sort, sortBy, shown };
}

/** As people count: shop-2 before shop-10. */
function compare(one: string | number, other: string | number): number {
  return String(one).localeCompare(String(other), undefined, { numeric: true });
}
