import type { FastifyInstance } from 'fastify';
import { costRoutes } from '@spt-flow/shared/api/costs';
import { lifecyclePolicyRoutes } from '@spt-flow/shared/api/lifecycle-policy';
import { lifecycleRoutes } from '@spt-flow/shared/api/lifecycle';
import { registerRoute } from '../../lib/register-route.ts';
import type { Costs } from './costs.ts';
import type { LifecycleService } from './lifecycle-service.ts';
import type { PolicyService } from './policy-service.ts';

export function registerLifecycleRoutes(
  app: FastifyInstance,
  {
    lifecycles,
    costs,
    policies,
  }: {
    readonly lifecycles: LifecycleService;
    readonly costs: Costs;
    readonly policies: PolicyService;
  },
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
  registerRoute(app, lifecyclePolicyRoutes.get, ({ principal }) =>
    policies.get(principal.organizationId),
  );
  registerRoute(app, lifecyclePolicyRoutes.set, ({ principal, body, correlationId }) =>
    policies.set(principal, body, correlationId),
  );
  registerRoute(app, costRoutes.get, ({ principal }) => costs.ofMonth(principal.organizationId));
  registerRoute(app, costRoutes.setBudget, ({ principal, body, correlationId }) =>
    costs.setBudget(principal, body.amount, correlationId),
  );
}
