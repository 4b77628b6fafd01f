import { projectAccessRoutes } from '@spt-flow/shared/api/project-access';
import type { FastifyInstance } from 'fastify';
import { registerRoute } from '../../lib/register-route.ts';
import type { ProjectAccessService } from './project-access-service.ts';

export function registerProjectAccessRoutes(
  app: FastifyInstance,
  service: ProjectAccessService,
): void {
  registerRoute(app, projectAccessRoutes.get, ({ principal, params }) =>
    service.get(principal, params.handle),
  );
  registerRoute(app, projectAccessRoutes.set, ({ params, body, ...call }) =>
    service.set({ ...call, ...params }, body.access),
  );
  registerRoute(app, projectAccessRoutes.grantPerson, ({ params, body, ...call }) =>
    service.grant({ ...call, ...params }, { kind: 'person', id: params.id }, body.level),
  );
  registerRoute(app, projectAccessRoutes.grantGroup, ({ params, body, ...call }) =>
    service.grant({ ...call, ...params }, { kind: 'group', id: params.id }, body.level),
  );
  registerRoute(app, projectAccessRoutes.revokePerson, ({ params, ...call }) =>
    service.revoke({ ...call, ...params }, { kind: 'person', id: params.id }),
  );
  registerRoute(app, projectAccessRoutes.revokeGroup, ({ params, ...call }) =>
    service.revoke({ ...call, ...params }, { kind: 'group', id: params.id }),
  );
}
