import type { LiveEvent } from '@spt-flow/shared/api/live';
import { projectRoutes, type Project } from '@spt-flow/shared/api/projects';
import type { RouteInput } from '@spt-flow/shared/api/route';
import type { Workspace } from '@spt-flow/shared/api/workspaces';
import { defineStore } from 'pinia';
import { computed, shallowReactive, shallowRef } from 'vue';
import { loadPages } from '../../lib/load-pages.ts';
import { problemOf, type Problem } from '../../lib/problem.ts';
import { useServices } from '../../lib/services.ts';

const PAGE_SIZE = 200;
const LIST_LIMIT = 2000;

type UpdateInput = RouteInput<typeof projectRoutes.update>['body'];
type CreateInput = RouteInput<typeof projectRoutes.create>['body'];

/** useProjectsStore holds the projects of the organization, kept current by live events. */
export const useProjectsStore = defineStore('projects', () => {
  const { api } = useServices();
  const byId = shallowReactive(new Map<string, Project>());
  const isLoaded = shallowRef(false);
  const problem = shallowRef<Problem>();

  const list = computed(() =>
    [...byId.values()]
      .filter((project) => project.status !== 'archived')
      .sort((a, b) => b.updatedAt.localeCompare(a.updatedAt)),
  );

  async function load(): Promise<void> {
    try {
      const projects = await loadPages(
        (cursor) =>
          api.call(projectRoutes.list, { query: { limit: PAGE_SIZE, ...(cursor && { cursor }) } }),
        LIST_LIMIT,
      );
      byId.clear();
      for (const project of projects) byId.set(project.id, project);
      isLoaded.value = true;
      problem.value = undefined;
    } catch (error) {
      problem.value = problemOf(error);
    }
  }

  async function loadOne(handle: string): Promise<Project> {
    const project = await api.call(projectRoutes.get, { params: { handle } });
    byId.set(project.id, project);
    return project;
  }

  async function create(body: CreateInput): Promise<Project> {
    const { project } = await api.call(projectRoutes.create, { body });
    if (!project) throw new Error('The project was planned but not created');
    byId.set(project.id, project);
    return project;
  }

  async function update(id: string, body: UpdateInput): Promise<void> {
    byId.set(id, await api.call(projectRoutes.update, { params: { handle: id }, body }));
  }

  async function remove(project: Project, confirmName: string): Promise<void> {
    await api.call(projectRoutes.remove, { params: { handle: project.id }, body: { confirmName } });
    byId.delete(project.id);
  }

  function bySlug(slug: string): Project | undefined {
    return [...byId.values()].find((project) => project.slug === slug);
  }

  function apply(event: LiveEvent): void {
    if (event.type === 'project.changed') byId.set(event.project.id, event.project);
    else if (event.type === 'project.deleted') byId.delete(event.projectId);
    else if (event.type === 'workspace.changed') applyWorkspace(event.workspace);
  }

  function applyWorkspace(workspace: Workspace): void {
    const project = byId.get(workspace.projectId);
    const rest = workspace.actualState === 'deleted' ? null : workspace;
    if (project) byId.set(project.id, { ...project, workspace: rest });
  }

  return {
    list,
    isLoaded,
    problem,
    load,
    loadOne,
    create,
    update,
    remove,
    bySlug,
    apply,
    applyWorkspace,
  };
});
