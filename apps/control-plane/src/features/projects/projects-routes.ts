import type { FastifyInstance } from 'fastify';
import { projectRoutes, type Build, type Project } from '@spt-flow/shared/api/projects';
import { workspacePreviewRoutes } from '@spt-flow/shared/api/workspace-preview';
import { registerRoute } from '../../lib/register-route.ts';
import type { ProjectPreview } from './project-preview.ts';
import type { ProjectsService } from './projects-service.ts';

/** Each of them is asked whether it answers. */
const DEPLOY_STATUS_LIMIT = 200;

export interface ProjectsRoutesDeps {
  readonly projects: ProjectsService;
  readonly isAnswering: (projectId: string) => Promise<boolean>;
}

export function registerProjectsRoutes(app: FastifyInstance, deps: ProjectsRoutesDeps): void {
  const { projects } = deps;
  registerRoute(app, projectRoutes.list, ({ principal, query }) => projects.list(principal, query));
  registerRoute(app, projectRoutes.create, ({ principal, body, correlationId }) =>
    projects.create(principal, body, correlationId),
  );
  registerRoute(app, projectRoutes.get, async ({ principal, params }) =>
    projects.toApi(await projects.find(principal.organizationId, params.handle)),
  );
  registerRoute(app, projectRoutes.status, async ({ principal, params }) =>
    toStatus(await projects.toApi(await projects.find(principal.organizationId, params.handle))),
  );
  registerRoute(app, projectRoutes.update, ({ principal, params, body }) =>
    projects.update(principal, params.handle, body),
  );
  registerRoute(app, projectRoutes.remove, ({ principal, params, body, correlationId }) =>
    projects.remove(
      principal,
      { handle: params.handle, confirmName: body.confirmName },
      correlationId,
    ),
  );
  registerRoute(app, projectRoutes.builds, async ({ principal, params, query }) => {
    const page = await projects.builds(principal, params.handle, query);
    return { items: page.items.map(toBuild), nextCursor: page.nextCursor };
  });
  registerRoute(app, projectRoutes.deployStatus, async ({ principal, query: { project } }) => {
    const { items } =
      project === undefined
        ? await projects.list(principal, { limit: DEPLOY_STATUS_LIMIT })
        : { items: [await projects.toApi(await projects.find(principal.organizationId, project))] };
    const deployed = items.filter(({ status }) => status === 'ready' || status === 'deployed');
    const commits = await projects.latestCommits(deployed.map(({ id }) => id));
    const statuses = deployed.map(async ({ id, slug, status, previewUrl }) => ({
      ...{ projectId: id, slug, status, previewUrl, commit: commits.get(id) ?? null },
      answering: await deps.isAnswering(id),
    }));
    return { items: await Promise.all(statuses) };
  });
}

export function registerProjectPreviewRoutes(app: FastifyInstance, preview: ProjectPreview): void {
  registerRoute(app, workspacePreviewRoutes.preview, ({ principal, body }) =>
    preview(principal, body),
  );
}

function toStatus(project: Project) {
  return {
    status: project.status,
    workspaceState: project.workspace?.actualState ?? null,
    agentOnline: project.workspace?.agent.online ?? false,
    previewUrl: project.previewUrl,
  };
}

interface BuildRow {
  id: string;
  status: Build['status'];
  stage: string | null;
  commit: string | null;
  logs: string | null;
  errorMessage: string | null;
  startedAt: Date | null;
  finishedAt: Date | null;
  createdAt: Date;
}

function toBuild(row: BuildRow): Build {
  return {
    id: row.id,
    status: row.status,
    stage: row.stage,
    commit: row.commit,
    logs: row.logs,
    errorMessage: row.errorMessage,
    startedAt: row.startedAt?.toISOString() ?? null,
    finishedAt: row.finishedAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
  };
}
