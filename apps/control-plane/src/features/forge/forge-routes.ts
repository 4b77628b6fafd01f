import type { FastifyInstance } from 'fastify';
import { forgeHookPath, forgeRoutes } from '@spt-flow/shared/api/forge';
import type { Principal } from '../../lib/principal.ts';
import { registerRoute } from '../../lib/register-route.ts';
import type { Forge, ForgeProject } from './forge.ts';

/** Larger deliveries are of pushes and pipelines that are asked for anyway. */
const MAX_DELIVERY_BYTES = 2 * 1024 * 1024;

export interface ForgeRoutesDeps {
  readonly forge: Forge;
  readonly findProject: (organizationId: string, handle: string) => Promise<ForgeProject>;
}

export function registerForgeRoutes(
  app: FastifyInstance,
  { forge, findProject }: ForgeRoutesDeps,
): void {
  const find = ({ organizationId }: Principal, handle: string) =>
    findProject(organizationId, handle);
  registerRoute(app, forgeRoutes.status, ({ principal }) => forge.status(principal.organizationId));
  registerRoute(app, forgeRoutes.link, async ({ principal, params }) =>
    forge.link(await find(principal, params.handle)),
  );
  registerRoute(app, forgeRoutes.sync, async ({ principal, params, correlationId }) =>
    forge.sync(principal, await find(principal, params.handle), correlationId),
  );
  registerRoute(app, forgeRoutes.commit, async ({ principal, params, body, correlationId }) => ({
    commit: await forge.commit(principal, await find(principal, params.handle), {
      ...{ commit: body, correlationId },
    }),
  }));
  registerRoute(app, forgeRoutes.startPipeline, async ({ principal, params, ...call }) =>
    forge.startPipeline(principal, await find(principal, params.handle), {
      ...{ branch: call.body.branch, correlationId: call.correlationId },
    }),
  );
  app.register(async (scope) => registerHookRoute(scope, forge));
}

/** Signatures are of the bytes as they came, so nothing reads them before. */
function registerHookRoute(scope: FastifyInstance, forge: Forge): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  );
  scope.route<{ Params: { projectId: string } }>({
    method: 'POST',
    url: forgeHookPath(':projectId'),
    bodyLimit: MAX_DELIVERY_BYTES,
    schema: { hide: true },
    async handler({ params, headers, body }, reply) {
      const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
      await forge.onDelivery(params.projectId, { headers, body: bytes });
      return reply.status(202).send({ success: true, data: {}, error: null });
    },
  });
}
