import type { FastifyInstance } from 'fastify';
import { gitRoutes } from '@spt-flow/shared/api/git';
import { registerRoute } from '../../lib/register-route.ts';
import type { DotfilesService } from './dotfiles-service.ts';

export function registerDotfilesRoutes(app: FastifyInstance, dotfiles: DotfilesService): void {
  registerRoute(app, gitRoutes.getDotfiles, async ({ principal }) => ({
    dotfiles: await dotfiles.of(principal),
  }));
  registerRoute(app, gitRoutes.putDotfiles, ({ principal, body, correlationId }) =>
    dotfiles.put(principal, body, correlationId),
  );
  registerRoute(app, gitRoutes.removeDotfiles, async ({ principal, correlationId }) => {
    await dotfiles.remove(principal, correlationId);
    return {};
  });
}
