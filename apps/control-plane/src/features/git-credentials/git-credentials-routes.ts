import type { FastifyInstance } from 'fastify';
import { gitRoutes } from '@spt-flow/shared/api/git';
import { registerRoute } from '../../lib/register-route.ts';
import type { GitLoginsService } from './git-logins-service.ts';

export function registerGitCredentialRoutes(app: FastifyInstance, logins: GitLoginsService): void {
  registerRoute(app, gitRoutes.listLogins, async ({ principal }) => ({
    items: await logins.list(principal),
  }));
  registerRoute(app, gitRoutes.putLogin, ({ principal, body, correlationId }) =>
    logins.put(principal, body, correlationId),
  );
  registerRoute(app, gitRoutes.removeLogin, async ({ principal, params, correlationId }) => {
    await logins.remove(principal, params.id, correlationId);
    return {};
  });
}
