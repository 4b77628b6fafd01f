import { promptRoutes } from '@spt-flow/shared/api/prompts';
import type { FastifyInstance } from 'fastify';
import { registerRoute } from '../../lib/register-route.ts';
import type { PromptsService } from './prompts-service.ts';

export function registerPromptRoutes(app: FastifyInstance, prompts: PromptsService): void {
  registerRoute(app, promptRoutes.list, ({ principal }) => prompts.list(principal));
  registerRoute(app, promptRoutes.create, ({ principal, body }) => prompts.create(principal, body));
  registerRoute(app, promptRoutes.update, ({ principal, params, body }) =>
    prompts.update(principal, params.id, body),
  );
  registerRoute(app, promptRoutes.remove, ({ principal, params }) =>
    prompts.remove(principal, params.id),
  );
}
