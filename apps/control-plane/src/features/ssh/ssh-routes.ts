import type { FastifyInstance } from 'fastify';
import { sshRoutes } from '@spt-flow/shared/api/ssh';
import { registerRoute } from '../../lib/register-route.ts';
import type { SshHosts } from './ssh-hosts.ts';

export function registerSshRoutes(app: FastifyInstance, hosts: SshHosts): void {
  registerRoute(app, sshRoutes.authority, async () => ({
    hostAuthority: await hosts.hostAuthority(),
  }));
  registerRoute(app, sshRoutes.login, ({ principal, params, correlationId }) =>
    hosts.login({ principal, handle: params.handle, correlationId }),
  );
}
