import type { FastifyInstance } from 'fastify';
import { domainRoutes } from '@spt-flow/shared/api/domains';
import { registerRoute } from '../../lib/register-route.ts';
import type { DomainsService } from './domains-service.ts';

export function registerDomainRoutes(app: FastifyInstance, domains: DomainsService): void {
  registerRoute(app, domainRoutes.list, async ({ principal, params }) => ({
    items: await domains.list(principal, params.handle),
  }));
  registerRoute(app, domainRoutes.add, ({ principal, params, body, correlationId }) =>
    domains.add(principal, { ...params, ...body }, correlationId),
  );
  registerRoute(app, domainRoutes.check, ({ principal, params, correlationId }) =>
    domains.check(principal, params, correlationId),
  );
  registerRoute(app, domainRoutes.remove, async ({ principal, params, correlationId }) => {
    await domains.remove(principal, params, correlationId);
    return {};
  });
}
