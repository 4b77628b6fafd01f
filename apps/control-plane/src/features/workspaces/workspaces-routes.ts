import type { FastifyInstance, FastifyReply } from 'fastify';
import { workspaceRoutes } from '@spt-flow/shared/api/workspaces';
import type { Audit } from '../../lib/audit.ts';
import { auditName } from '../../lib/principal.ts';
import { registerRoute } from '../../lib/register-route.ts';
import type { WorkspaceContent } from './workspace-content.ts';
import type { WorkspaceService } from './workspaces-service.ts';

export interface WorkspaceRoutesDeps {
  readonly workspaces: WorkspaceService;
  readonly content: WorkspaceContent;
  readonly audit: Audit;
  /** A person or a program works in the workspace. Looking at its files is no use of it: pages do that by themselves. */
  readonly onUse: (workspaceId: string, source: 'command') => void;
}

export function registerWorkspaceRoutes(app: FastifyInstance, deps: WorkspaceRoutesDeps): void {
  const { workspaces } = deps;
  registerRoute(app, workspaceRoutes.list, ({ principal, query }) =>
    workspaces.list(principal, query),
  );
  registerRoute(app, workspaceRoutes.get, ({ principal, params }) =>
    workspaces.get(principal, params.handle),
  );
  registerRoute(app, workspaceRoutes.start, ({ principal, params, correlationId }) =>
    workspaces.start(principal, params.handle, correlationId),
  );
  registerRoute(app, workspaceRoutes.stop, ({ principal, params, correlationId }) =>
    workspaces.stop(principal, params.handle, correlationId),
  );
  registerRoute(app, workspaceRoutes.remove, ({ principal, params, correlationId }) =>
    workspaces.remove(principal, params.handle, correlationId),
  );
  registerRoute(app, workspaceRoutes.cancel, ({ principal, params, correlationId }) =>
    workspaces.cancel(principal, params.handle, correlationId),
  );
  registerRoute(app, workspaceRoutes.forceDelete, ({ principal, params, correlationId }) =>
    workspaces.forceDelete(principal, params.handle, correlationId),
  );
  registerRoute(app, workspaceRoutes.policy, ({ principal, params }) =>
    workspaces.judge(principal, params.handle),
  );
  registerRoute(app, workspaceRoutes.timeline, ({ principal, params, query }) =>
    workspaces.timeline(principal, params.handle, query),
  );
  registerContentRoutes(app, deps);
}

function registerContentRoutes(
  app: FastifyInstance,
  { workspaces, content, audit, onUse }: WorkspaceRoutesDeps,
): void {
  registerRoute(
    app,
    workspaceRoutes.files,
    async ({ principal, params, query, correlationId, reply }) => {
      const { id } = await workspaces.requireRunning(principal, params.handle, {
        correlationId,
        signal: goneSignal(reply),
      });
      return content.files(id, correlationId, query);
    },
  );
  registerRoute(
    app,
    workspaceRoutes.file,
    async ({ principal, params, query, correlationId, reply }) => {
      const { id } = await workspaces.requireRunning(principal, params.handle, {
        correlationId,
        signal: goneSignal(reply),
      });
      return content.file(id, query.path, correlationId);
    },
  );
  registerRoute(
    app,
    workspaceRoutes.exec,
    async ({ principal, params, body, correlationId, reply }) => {
      const signal = goneSignal(reply);
      const { id, organizationId } = await workspaces.requireRunning(principal, params.handle, {
        correlationId,
        signal,
      });
      // The command itself may hold secrets: that it ran is recorded, not what.
      await audit.record({
        organizationId,
        principal: auditName(principal),
        action: 'workspace.exec',
        target: id,
        correlationId,
      });
      onUse(id, 'command');
      const result = await content.exec(id, { ...body, correlationId, signal });
      onUse(id, 'command');
      return result;
    },
  );
}

/** Aborts when the caller goes away, so that a command that nobody waits for is ended. */
function goneSignal(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => controller.abort());
  return controller.signal;
}
