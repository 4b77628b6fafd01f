import { groupRoutes } from '@spt-flow/shared/api/groups';
import type { FastifyInstance } from 'fastify';
import { registerRoute } from '../../lib/register-route.ts';
import type { GroupsService } from './groups-service.ts';

export function registerGroupRoutes(app: FastifyInstance, groups: GroupsService): void {
  registerRoute(app, groupRoutes.list, async ({ principal }) => ({
    items: await groups.list(principal),
  }));
  registerRoute(app, groupRoutes.create, ({ body, ...call }) => groups.create(call, body));
  registerRoute(app, groupRoutes.rename, ({ params, body, ...call }) =>
    groups.rename(call, { ...params, ...body }),
  );
  registerRoute(app, groupRoutes.remove, async ({ params, ...call }) => {
    await groups.remove(call, params.id);
    return {};
  });
  registerRoute(app, groupRoutes.addMember, ({ params, ...call }) =>
    groups.addMember(call, params),
  );
  registerRoute(app, groupRoutes.removeMember, ({ params, ...call }) =>
    groups.removeMember(call, params),
  );
}
