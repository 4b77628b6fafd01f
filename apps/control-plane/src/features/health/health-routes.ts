import type { FastifyInstance } from 'fastify';
import type * as z from 'zod';
import { healthRoutes } from '@spt-flow/shared/api/health';
import { registerRoute } from '../../lib/register-route.ts';
import type { HealthService } from './health-service.ts';

export interface HealthRoutesDeps {
  readonly health: HealthService;
  readonly version: string;
  readonly startedAt: Date;
  readonly dashboards: z.output<typeof healthRoutes.health.response>['dashboards'];
}

export function registerHealthRoutes(app: FastifyInstance, deps: HealthRoutesDeps): void {
  registerRoute(app, healthRoutes.version, async () => ({ version: deps.version }));
  registerRoute(app, healthRoutes.health, async ({ query: { part } }) => ({
    version: deps.version,
    startedAt: deps.startedAt.toISOString(),
    parts: await deps.health.parts(part === undefined ? undefined : [part]),
    dashboards: deps.dashboards,
  }));
  // Probes of load balancers: plain text, no login, nothing to learn from.
  app.get('/healthz', { schema: { hide: true }, config: { rateLimit: false } }, async () => 'ok');
  app.get(
    '/readyz',
    { schema: { hide: true }, config: { rateLimit: false } },
    async (_request, reply) => {
      const ready = await deps.health.ready();
      return reply.status(ready ? 200 : 503).send(ready ? 'ready' : 'not ready');
    },
  );
}
