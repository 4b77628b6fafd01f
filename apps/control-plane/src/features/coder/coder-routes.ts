import type { FastifyInstance } from 'fastify';
import { coderRoutes } from '@spt-flow/shared/api/coder';
import { registerRoute } from '../../lib/register-route.ts';
import type { CoderService } from './coder-service.ts';

export function registerCoderRoutes(app: FastifyInstance, coder: CoderService): void {
  registerRoute(app, coderRoutes.status, () => coder.status());
  registerRoute(app, coderRoutes.draft, ({ params }) => coder.draft(params.name));
}
