import type { LiveEvent } from '@spt-flow/shared/api/live';
import { workspaceRoutes, type Transition, type Workspace } from '@spt-flow/shared/api/workspaces';
import { defineStore } from 'pinia';
import { computed, shallowReactive, shallowRef } from 'vue';
import { loadPages } from '../../lib/load-pages.ts';
import { problemOf, type Problem } from '../../lib/problem.ts';
import { useServices } from '../../lib/services.ts';
import { useProjectsStore } from '../projects/projects-store.ts';

const PAGE_SIZE = 200;
const LIST_LIMIT = 2000;

/** useWorkspacesStore holds the workspaces and their latest transitions, kept current by live events. */
export const useWorkspacesStore = defineStore('workspaces', () => {
  const { api } = useServices();
  const projects = useProjectsStore();
  const byId = shallowReactive(new Map<string, Workspace>());
  const transitions = shallowReactive(new Map<string, Transition[]>());
  const isLoaded = shallowRef(false);
  const problem = shallowRef<Problem>();

  const list = computed(() =>
    [...byId.values()]
      .filter((workspace) => workspace.actualState !== 'deleted')
      .sort((a, b) => a.name.localeCompare(b.name)),
  );

  async function load(): Promise<void> {
    try {
      const workspaces = await loadPages(
        (cursor) =>
          api.call(workspaceRoutes.list, {
            query: { limit: PAGE_SIZE, ...(cursor && { cursor }) },
          }),
        LIST_LIMIT,
      );
      byId.clear();
      for (const workspace of workspaces) byId.set(workspace.id, workspace);
      isLoaded.value = true;
      problem.value = undefined;
    } catch (error) {
      problem.value = problemOf(error);
    }
  }

  async function loadOne(handle: string): Promise<Workspace> {
    const workspace = await api.call(workspaceRoutes.get, { params: { handle } });
    put(workspace);
    return workspace;
  }

  async function loadTransitions(workspaceId: string): Promise<void> {
    const { items } = await api.call(workspaceRoutes.timeline, {
      params: { handle: workspaceId },
      query: { limit: 20 },
    });
    transitions.set(workspaceId, items);
  }

  async function start(id: string): Promise<void> {
    put(await api.call(workspaceRoutes.start, { params: { handle: id } }));
  }

  async function stop(id: string): Promise<void> {
    put(await api.call(workspaceRoutes.stop, { params: { handle: id } }));
  }

  async function remove(id: string): Promise<void> {
    put(await api.call(workspaceRoutes.remove, { params: { handle: id } }));
  }

  async function cancel(id: string): Promise<void> {
    put(await api.call(workspaceRoutes.cancel, { params: { handle: id } }));
  }

  /** Returns what is left of it. */
  async function forceDelete(id: string): Promise<string[]> {
    const answer = await api.call(workspaceRoutes.forceDelete, { params: { handle: id } });
    put(answer.workspace);
    return answer.leftovers;
  }

  function put(workspace: Workspace): void {
    byId.set(workspace.id, workspace);
    projects.applyWorkspace(workspace);
  }

  function byName(name: string): Workspace | undefined {
    return [...byId.values()].find((workspace) => workspace.name === name);
  }

  function apply(event: LiveEvent): void {
    if (event.type === 'workspace.changed') byId.set(event.workspace.id, event.workspace);
    else if (event.type === 'transition.changed')
      applyTransition(event.workspaceId, event.transition);
  }

  /** Newest first. */
  function applyTransition(workspaceId: string, transition: Transition): void {
    const known = transitions.get(workspaceId) ?? [];
    const others = known.filter((candidate) => candidate.id !== transition.id);
    const next = [transition, ...others].sort((a, b) => b.startedAt.localeCompare(a.startedAt));
    transitions.set(workspaceId, next);
  }

  return {
    list,
    isLoaded,
    problem,
    transitions,
    load,
    loadOne,
    loadTransitions,
    start,
    stop,
    remove,
    cancel,
    forceDelete,
    byName,
    apply,
  };
});
