import type { Message } from '@spt-flow/shared/api/conversations';
import { AppError } from '@spt-flow/shared/domain/errors';
import { decodeCursor, toPage } from '../../lib/pagination.ts';
import type { ChatEvents, ChatProjects } from './chat-deps.ts';
import type { ChatRepository } from './chat-repository.ts';
import { toMessage } from './message-view.ts';
import type { ModelProvider } from './providers/model-provider.ts';
import type { TurnRunner } from './turn-runner.ts';

export interface ChatServiceDeps {
  readonly repository: ChatRepository;
  readonly events: ChatEvents;
  readonly projects: ChatProjects;
  readonly provider: ModelProvider;
  readonly runner: Pick<TurnRunner, 'wake' | 'stop'>;
}

export interface SendInput {
  readonly organizationId: string;
  readonly handle: string;
  readonly clientMessageId: string;
  readonly content: string;
  readonly correlationId: string;
}

export interface PageInput {
  readonly organizationId: string;
  readonly handle: string;
  readonly cursor: string | undefined;
  readonly limit: number;
}

export type ChatService = ReturnType<typeof createChatService>;

export function createChatService({
  repository,
  events,
  projects,
  provider,
  runner,
}: ChatServiceDeps) {
  return {
    async messages({ organizationId, handle, cursor, limit }: PageInput) {
      const project = await projects.find(organizationId, handle);
      const { rows, liveCursor } = await repository.page(project.id, {
        before: decodeCursor(cursor),
        limit: limit + 1,
      });
      const page = toPage(rows, limit, (row) => row.createdAt);
      const { name, model, templatesOnly } = provider;
      return {
        items: page.items.map(toMessage).reverse(),
        nextCursor: page.nextCursor,
        liveCursor,
        provider: { name, model, templatesOnly },
      };
    },

    /** Stores the message once, however often it is sent, and answers before the work begins. */
    async send(input: SendInput): Promise<Message> {
      const project = await projects.find(input.organizationId, input.handle);
      const message = await repository.transaction(async (tx) => {
        const sent = await repository.addRequest(tx, {
          ...input,
          organizationId: project.organizationId,
          projectId: project.id,
        });
        if (!sent) throw new AppError('not_found');
        const added = toMessage(sent.row);
        if (!sent.isRepeat)
          await events.append(
            `project:${project.id}`,
            { type: 'message.added', message: added },
            tx,
          );
        return added;
      });
      runner.wake(project.id);
      return message;
    },

    async stop(organizationId: string, handle: string): Promise<{ stopped: boolean }> {
      const project = await projects.find(organizationId, handle);
      return { stopped: runner.stop(project.id) };
    },
  };
}
