import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { createLiveHub } from '../features/live/index.ts';
import { createPortForwards } from '../features/port-forwards/index.ts';
import { gateSockets } from '../features/project-access/index.ts';
import { createSsh, registerSshRoutes } from '../features/ssh/index.ts';
import { createTerminals } from '../features/terminals/index.ts';
import { undefinedIfNotFound } from '../lib/not-found.ts';
import type { Principal } from '../lib/principal.ts';
import { authenticateRequest } from '../plugins/authentication.ts';
import type { AppDeps, Core } from './core.ts';
import type { Machines } from './machines.ts';
import type { Builder } from './builder.ts';

interface Parts {
  readonly core: Core;
  readonly machines: Machines;
  readonly builder: Builder;
}

/** registerLive serves events and logs as they come. */
export function registerLive({ core, machines, builder }: Parts) {
  const { events } = core;
  const { findProject, findWorkspace } = createReachable({ core, machines, builder });
  return createLiveHub({
    upgradeRouter: core.upgradeRouter,
    authenticate: (request) => authenticateRequest(request, core.authentication),
    watch: core.access.watch,
    onError: core.onError,
    hiddenFrom: core.projectAccess.hiddenFrom,
    sourceFor: async (principal, topic) => {
      const { organizationId } = principal;
      const [kind, id = ''] = topic.split(':');
      if (kind === 'organization') return id === organizationId ? events : undefined;
      if (kind === 'project' || kind === 'presence')
        return (await undefinedIfNotFound(findProject(principal, id))) && events;
      if (kind === 'build') {
        const projectId = await builder.builds.projectOf(id);
        const found = projectId && (await undefinedIfNotFound(findProject(principal, projectId)));
        return found ? builder.builds.logSource : undefined;
      }
      if (!(await undefinedIfNotFound(findWorkspace(principal, id)))) return undefined;
      return kind === 'usage' ? machines.usage.liveSource : machines.logSource;
    },
  });
}

/** What somebody names in a topic, which no path tells the gate; AppError `not_found`. */
function createReachable({ core: { projectAccess }, machines, builder }: Parts) {
  return {
    async findWorkspace(principal: Principal, handle: string) {
      await projectAccess.admit(principal, { noun: 'workspaces', handle });
      return machines.workspaces.service.find(principal.organizationId, handle);
    },
    async findProject(principal: Principal, handle: string) {
      await projectAccess.admit(principal, { noun: 'projects', handle });
      return builder.projects.find(principal.organizationId, handle);
    },
  };
}

/** registerSockets serves what stays open: terminals, ports, SSH. */
export function registerSockets(
  app: FastifyInstance,
  deps: AppDeps,
  { core, machines }: Pick<Parts, 'core' | 'machines'>,
): void {
  const authenticate = (request: IncomingMessage) =>
    authenticateRequest(request, core.authentication);
  const sockets = {
    authenticate: gateSockets(authenticate, core.projectAccess),
    workspaces: machines.workspaces.service,
    agents: machines.hub,
    watch: core.access.watch,
    ...{ sessions: core.sessions, addressOf: core.addressOf },
    audit: core.audit,
    onUse: machines.lifecycle.report,
    logger: deps.logger,
  };
  const ssh = createSsh({
    ...sockets,
    certificates: machines.sshCertificates,
    clock: deps.clock,
  });
  registerSshRoutes(app, ssh.hosts);
  for (const { matches, upgrade } of [createTerminals(sockets), createPortForwards(sockets), ssh])
    core.upgradeRouter.handle(matches, upgrade);
}
