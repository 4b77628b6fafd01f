import { checkpointRoutes } from '@spt-flow/shared/api/checkpoints';
import type { FastifyInstance } from 'fastify';
import { registerRoute } from '../../lib/register-route.ts';
import type { CheckpointsService } from './checkpoints-service.ts';

export function registerCheckpointRoutes(
  app: FastifyInstance,
  checkpoints: CheckpointsService,
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
}
