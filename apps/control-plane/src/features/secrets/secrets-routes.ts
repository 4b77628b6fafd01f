import type { FastifyInstance } from 'fastify';
import { secretRoutes } from '@spt-flow/shared/api/secrets';
import { registerRoute } from '../../lib/register-route.ts';
import type { Secrets } from './secrets.ts';

export function registerSecretRoutes(app: FastifyInstance, secrets: Secrets): void {
  const { service } = secrets;
  registerRoute(app, secretRoutes.list, async ({ principal, query }) => ({
    items: await service.list(principal, query),
    store: service.storeState(),
  }));
  registerRoute(app, secretRoutes.put, ({ principal, params, query, body, correlationId }) =>
    service.put(principal, { ...query, ...params, correlationId }, body),
  );
  registerRoute(app, secretRoutes.remove, async ({ principal, params, query, correlationId }) => {
    const forever = query.forever === 'true';
    await service.remove(principal, { ...query, ...params, correlationId }, { forever });
    return {};
  });
  registerRoute(app, secretRoutes.versions, async ({ principal, params, query }) => ({
    items: await service.versions(principal, { ...query, ...params }),
  }));
  registerRoute(app, secretRoutes.restore, ({ principal, params, query, body, correlationId }) =>
    service.restore(principal, { ...query, ...params, correlationId }, body),
  );
  registerRoute(app, secretRoutes.rotateKey, async ({ principal, correlationId }) => ({
    reencrypted: await service.rotateKey(principal, correlationId),
  }));
  registerRoute(app, secretRoutes.ofWorkspace, ({ principal, params }) =>
    secrets.ofWorkspace(principal, params.handle),
  );
  registerRoute(app, secretRoutes.restartApps, async ({ principal, params, correlationId }) => {
    await secrets.restartApps(principal, params.handle, correlationId);
    return {};
  });
}
