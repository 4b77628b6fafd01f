import { checkpointRoutes } from '@spt-flow/shared/api/checkpoints';
import type { FastifyInstance } from 'fastify';
import { registerRoute } from '../../lib/register-route.ts';
import type { CheckpointsService } from './checkpoints-service.ts';
import type { MessageVersions } from './message-versions.ts';

export function registerCheckpointRoutes(
  app: FastifyInstance,
  { checkpoints, versions }: { checkpoints: CheckpointsService; versions: MessageVersions },
): void {
  registerRoute(app, checkpointRoutes.list, ({ principal, params }) =>
    checkpoints.list(principal, params.handle),
  );
  registerRoute(app, checkpointRoutes.create, ({ principal, correlationId, params, body }) =>
    checkpoints.create({ principal, correlationId }, params.handle, body),
  );
  registerRoute(app, checkpointRoutes.remove, ({ principal, correlationId, params }) =>
    checkpoints.remove({ principal, correlationId }, params.id),
  );
  registerRoute(app, checkpointRoutes.compare, ({ principal, params, query }) =>
    checkpoints.compare(principal, params.handle, query),
  );
  registerRoute(app, checkpointRoutes.goBack, ({ principal, correlationId, params, body }) =>
    checkpoints.goBack({ principal, correlationId }, params.handle, body),
  );
  registerRoute(
    app,
    checkpointRoutes.editMessage,
    ({ principal, correlationId, params: { handle, id }, body: { overwrite, ...message } }) =>
      versions.edit({ principal, correlationId }, { handle, messageId: id, overwrite }, message),
  );
  registerRoute(
    app,
    checkpointRoutes.showVersion,
    ({ principal, correlationId, params: { handle, id }, body: { overwrite } }) =>
      versions.show({ principal, correlationId }, { handle, messageId: id, overwrite }),
  );
}
