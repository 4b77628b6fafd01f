import type { FastifyInstance } from 'fastify';
import { poolRoutes } from '@spt-flow/shared/api/pools';
import { registerRoute } from '../../lib/register-route.ts';
import type { Pools } from './pools.ts';

export function registerPoolRoutes(app: FastifyInstance, { service }: Pick<Pools, 'service'>) {
  registerRoute(app, poolRoutes.get, ({ principal, params }) =>
    service.show(principal, params.handle),
  );
  registerRoute(app, poolRoutes.set, ({ principal, params, body, correlationId }) =>
    service.set({ principal, handle: params.handle, correlationId }, body),
  );
}
