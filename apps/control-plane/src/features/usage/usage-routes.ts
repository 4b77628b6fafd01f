import type { FastifyInstance } from 'fastify';
import { usageRoutes } from '@spt-flow/shared/api/usage';
import { registerRoute } from '../../lib/register-route.ts';
import type { UsageParts } from './usage.ts';

export function registerUsageRoutes(
  app: FastifyInstance,
  { service }: Pick<UsageParts, 'service'>,
): void {
  registerRoute(app, usageRoutes.get, ({ principal, params, query }) =>
    service.get(principal, params.handle, query.span),
  );
}
