import type { FastifyInstance } from 'fastify';
import { portRoutes } from '@spt-flow/shared/api/ports';
import { registerRoute } from '../../lib/register-route.ts';
import type { PortsService } from './ports-service.ts';

export function registerPortRoutes(app: FastifyInstance, ports: PortsService): void {
  registerRoute(app, portRoutes.list, ({ principal, params }) =>
    ports.list(principal, params.handle),
  );
  registerRoute(app, portRoutes.share, ({ principal, params, body, correlationId }) =>
    ports.share(principal, { ...params, ...body }, correlationId),
  );
}
