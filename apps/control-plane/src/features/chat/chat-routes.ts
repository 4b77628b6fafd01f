import { conversationRoutes } from '@spt-flow/shared/api/conversations';
import type { FastifyInstance } from 'fastify';
import { registerRoute } from '../../lib/register-route.ts';
import type { ChatService } from './chat-service.ts';

export function registerChatRoutes(app: FastifyInstance, chat: ChatService): void {
  registerRoute(app, conversationRoutes.messages, ({ params, query, principal }) =>
    chat.messages({
      organizationId: principal.organizationId,
      handle: params.handle,
      cursor: query.cursor,
      limit: query.limit,
    }),
  );
  registerRoute(app, conversationRoutes.send, ({ params, body, principal, correlationId }) =>
    chat.send({
      ...body,
      organizationId: principal.organizationId,
      handle: params.handle,
      correlationId,
    }),
  );
  registerRoute(app, conversationRoutes.stop, ({ params, principal }) =>
    chat.stop(principal.organizationId, params.handle),
  );
}
