import type { FastifyInstance } from 'fastify';
import { devcontainerRoutes } from '@spt-flow/shared/api/devcontainers';
import { registerRoute } from '../../lib/register-route.ts';
import type { DevcontainersService } from './devcontainers-service.ts';

export function registerDevcontainerRoutes(
  app: FastifyInstance,
  devcontainers: DevcontainersService,
): void {
  registerRoute(app, devcontainerRoutes.get, ({ principal, params }) =>
    devcontainers.get(principal, params.handle),
  );
  registerRoute(app, devcontainerRoutes.rebuild, ({ principal, params, correlationId }) =>
    devcontainers.rebuild(principal, params.handle, correlationId),
  );
}
