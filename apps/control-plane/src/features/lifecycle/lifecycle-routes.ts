import type { FastifyInstance } from 'fastify';
import { costRoutes } from '@spt-flow/shared/api/costs';
import { lifecycleRoutes } from '@spt-flow/shared/api/lifecycle';
import { registerRoute } from '../../lib/register-route.ts';
import type { Costs } from './costs.ts';
import type { LifecycleService } from './lifecycle-service.ts';

export function registerLifecycleRoutes(
  app: FastifyInstance,
  { lifecycles, costs }: { readonly lifecycles: LifecycleService; readonly costs: Costs },
): void {
  registerRoute(app, lifecycleRoutes.get, ({ principal, params }) =>
    lifecycles.get(principal, params.handle),
  );
  registerRoute(app, lifecycleRoutes.update, ({ principal, params, body, correlationId }) =>
    lifecycles.update({ principal, ...params, correlationId }, body),
  );
  registerRoute(app, lifecycleRoutes.keepAlive, ({ principal, params, body, correlationId }) =>
    lifecycles.keepAlive({ principal, ...params, correlationId }, body.minutes),
  );
  registerRoute(app, lifecycleRoutes.endKeepAlive, ({ principal, params, correlationId }) =>
    lifecycles.endKeepAlive({ principal, ...params, correlationId }),
  );
  registerRoute(app, costRoutes.get, ({ principal }) => costs.ofMonth(principal.organizationId));
  registerRoute(app, costRoutes.setBudget, ({ principal, body, correlationId }) =>
    costs.setBudget(principal, body.amount, correlationId),
  );
}
