import { conversationRoutes } from '@spt-flow/shared/api/conversations';
import type { FastifyInstance } from 'fastify';
import { registerRoute } from '../../lib/register-route.ts';
import type { ChatService } from './chat-service.ts';

/** What the routes call; `startOf` and `isBusy` are for other parts of the control plane. */
export type ChatCalls = Omit<ChatService, 'startOf' | 'isBusy'>;

export function registerChatRoutes(app: FastifyInstance, chat: ChatCalls): void {
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
      userId: principal.userId,
      handle: params.handle,
      correlationId,
    }),
  );
  registerRoute(app, conversationRoutes.stop, ({ params, principal }) =>
    chat.stop(principal.organizationId, params.handle),
  );
  registerRoute(app, conversationRoutes.retry, ({ params: { handle, id }, principal }) =>
    chat.retry({ organizationId: principal.organizationId, handle, messageId: id }),
  );
  registerRoute(app, conversationRoutes.withdraw, ({ params: { handle, id }, principal }) =>
    chat.withdraw({ organizationId: principal.organizationId, handle, messageId: id }),
  );
  registerRoute(app, conversationRoutes.search, ({ query, principal }) =>
    chat.search({ ...query, viewer: principal }),
  );
  registerRoute(app, conversationRoutes.presence, ({ params, body, principal }) =>
    chat.tellPresence(principal, params.handle, body.activity),
  );
  registerRoute(app, conversationRoutes.usage, ({ params, principal }) =>
    chat.usage(principal.organizationId, params.handle),
  );
  registerRoute(app, conversationRoutes.setBudget, ({ params, body, principal, correlationId }) =>
    chat.setBudget({ ...body, principal, handle: params.handle, correlationId }),
  );
  registerRoute(app, conversationRoutes.attach, ({ params, body, principal }) =>
    chat.attach(principal.organizationId, params.handle, body.base64),
  );
  registerRoute(app, conversationRoutes.attachment, ({ params, principal }) =>
    chat.attachment({ ...params, organizationId: principal.organizationId }),
  );
  registerRoute(app, conversationRoutes.screenshot, ({ params, principal }) =>
    chat.screenshot({ ...params, organizationId: principal.organizationId }),
  );
}
