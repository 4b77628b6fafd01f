import type { FastifyInstance } from 'fastify';
import { modelUseRoutes } from '@spt-flow/shared/api/model-use';
import { registerRoute } from '../../lib/register-route.ts';
import type { ModelProxy } from './model-proxy.ts';

export function registerModelUseRoutes(app: FastifyInstance, proxy: Pick<ModelProxy, 'use'>): void {
  registerRoute(app, modelUseRoutes.get, ({ principal, params }) =>
    proxy.use(principal, params.handle),
  );
}
