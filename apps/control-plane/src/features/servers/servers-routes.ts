import type { FastifyInstance } from 'fastify';
import { serverRoutes } from '@spt-flow/shared/api/servers';
import { registerRoute } from '../../lib/register-route.ts';
import type { HostsService } from './hosts-service.ts';
import type { ServerJoinsService } from './server-joins-service.ts';
import type { ServersService } from './servers-service.ts';

export interface ServerRoutesDeps {
  readonly servers: ServersService;
  readonly joins: ServerJoinsService;
  readonly hosts: HostsService;
}

export function registerServerRoutes(app: FastifyInstance, deps: ServerRoutesDeps): void {
  const { servers, joins, hosts } = deps;
  registerRoute(app, serverRoutes.create, ({ principal, body, correlationId }) =>
    servers.create(principal, body, correlationId),
  );
  registerRoute(app, serverRoutes.invite, ({ principal, params, correlationId }) =>
    servers.invite(principal, params.handle, correlationId),
  );
  registerRoute(app, serverRoutes.showHost, async ({ principal, params }) => ({
    host: await hosts.show(principal, params.handle),
  }));
  registerRoute(app, serverRoutes.addHost, ({ principal, params, correlationId }) =>
    hosts.add(principal, params.handle, correlationId),
  );
  registerRoute(app, serverRoutes.removeHost, async ({ principal, params, correlationId }) => {
    await hosts.remove(principal, params.handle, correlationId);
    return {};
  });
  registerRoute(app, serverRoutes.startJoin, ({ body, request }) =>
    joins.start({ ...body, address: request.ip }),
  );
  registerRoute(app, serverRoutes.pollJoin, ({ body }) => joins.poll(body.deviceCode));
  registerRoute(app, serverRoutes.showJoin, ({ params }) => joins.show(params.userCode));
  registerRoute(app, serverRoutes.approveJoin, ({ principal, params, body, correlationId }) =>
    joins.approve(principal, body, { userCode: params.userCode, correlationId }),
  );
  registerRoute(app, serverRoutes.denyJoin, async ({ principal, params, correlationId }) => {
    await joins.deny(principal, { userCode: params.userCode, correlationId });
    return {};
  });
}
