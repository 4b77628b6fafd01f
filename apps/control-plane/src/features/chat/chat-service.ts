import type {
  Attachment,
  ChatUsage,
  Message,
  PRESENCE_ACTIVITIES,
  Verdict,
} from '@spt-flow/shared/api/conversations';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { Audit } from '../../lib/audit.ts';
import { decodeCursor, toPage } from '../../lib/pagination.ts';
import { auditName, type Principal } from '../../lib/principal.ts';
import type { Attached, Attachments } from './attachments.ts';
import type { ChatEvents, ChatProjects } from './chat-deps.ts';
import type { ChatRepository } from './chat-repository.ts';
import type { MessageSearch, searchMessages } from './message-search-repository.ts';
import { metadataOf, toMessage } from './message-view.ts';
import type { ModelProvider } from './providers/model-provider.ts';
import type { Screenshots } from './screenshots-repository.ts';
import { setBudget } from './spending-repository.ts';
import type { Spending } from './spending.ts';
import { requeueTurn, requireRoom, startOfTurn, withdrawMessage } from './turn-queue-repository.ts';
import type { TurnRunner } from './turn-runner.ts';

export interface ChatServiceDeps {
  readonly repository: ChatRepository;
  readonly events: ChatEvents;
  readonly projects: ChatProjects;
  readonly provider: ModelProvider;
  readonly spending: Spending;
  readonly screenshots: Screenshots;
  readonly attachments: Attachments;
  readonly runner: Pick<TurnRunner, 'wake' | 'stop'>;
  /** Stops a turn of the project that another replica runs; false: none does. */
  readonly stopElsewhere: (projectId: string) => Promise<boolean>;
  readonly audit: Audit;
  readonly search: (search: MessageSearch) => ReturnType<typeof searchMessages>;
}

export interface SendInput {
  readonly organizationId: string;
  readonly userId?: string;
  readonly handle: string;
  readonly clientMessageId: string;
  readonly content: string;
  readonly attachments?: readonly Attached[];
  readonly planFirst?: boolean;
  readonly verdict?: Verdict | undefined;
  readonly correlationId: string;
}

export interface ScreenshotInput {
  readonly organizationId: string;
  readonly handle: string;
  readonly screenshotId: string;
}

export interface AttachmentInput {
  readonly organizationId: string;
  readonly handle: string;
  readonly attachmentId: string;
}

export interface PageInput {
  readonly organizationId: string;
  readonly handle: string;
  readonly cursor: string | undefined;
  readonly limit: number;
}

export interface BudgetInput {
  readonly principal: Principal;
  readonly handle: string;
  /** Null: none for this project. */
  readonly budgetMicros: number | null;
  readonly correlationId: string;
}

export interface MessageInput {
  readonly organizationId: string;
  readonly handle: string;
  readonly messageId: string;
}

export type ChatService = ReturnType<typeof createChatService>;

export function createChatService({
  repository,
  events,
  projects,
  provider,
  spending,
  screenshots,
  attachments,
  runner,
  audit,
  search,
  stopElsewhere,
}: ChatServiceDeps) {
  return {
    async messages({ organizationId, handle, cursor, limit }: PageInput) {
      const project = await projects.find(organizationId, handle);
      const { rows, versions, liveCursor } = await repository.page(project.id, {
        before: decodeCursor(cursor),
        limit: limit + 1,
      });
      const page = toPage(rows, limit, (row) => row.createdAt);
      const { name, model, templatesOnly } = provider;
      return {
        items: page.items.map((row) => toMessage(row, versions.get(row.id))).reverse(),
        nextCursor: page.nextCursor,
        liveCursor,
        provider: { name, model, templatesOnly },
      };
    },

    /** Stores the message once, however often it is sent, and answers before the work begins. */
    async send(input: SendInput): Promise<Message> {
      const project = await projects.find(input.organizationId, input.handle);
      const message = await repository.transaction(async (tx) => {
        const { planFirst = false, verdict } = input;
        const pictures = await attachments.claim(tx, project.id, input.attachments ?? []);
        const sent = await repository.addRequest(tx, {
          ...input,
          organizationId: project.organizationId,
          projectId: project.id,
          metadata: {
            ...(planFirst && { planFirst }),
            ...(verdict && { verdict }),
            ...(pictures.length > 0 && { attachments: pictures }),
          },
        });
        if (!sent) throw new AppError('not_found');
        const added = toMessage(sent.row);
        if (sent.isRepeat) return added;
        await requireRoom(tx, project.id);
        const told = { type: 'message.added', message: added } as const;
        await events.append(`project:${project.id}`, told, tx);
        return added;
      });
      runner.wake(project.id);
      return message;
    },

    async usage(organizationId: string, handle: string): Promise<ChatUsage> {
      const project = await projects.find(organizationId, handle);
      return spending.usage(project.id);
    },

    async setBudget({ principal, handle, budgetMicros, correlationId }: BudgetInput) {
      const { organizationId } = principal;
      const { id } = await projects.find(organizationId, handle);
      await repository.transaction(async (tx) => {
        await setBudget(tx, id, budgetMicros);
        const entry = {
          ...{ organizationId, correlationId, principal: auditName(principal) },
          ...{ action: 'project.chat-budget', target: `project:${id}`, detail: { budgetMicros } },
        };
        await audit.record(entry, tx);
      });
      return spending.usage(id);
    },

    async screenshot({ organizationId, handle, screenshotId }: ScreenshotInput) {
      const project = await projects.find(organizationId, handle);
      const picture = await screenshots.find(project.id, screenshotId);
      if (!picture) throw new AppError('not_found');
      return { dataUrl: `data:image/jpeg;base64,${picture.toString('base64')}` };
    },

    async attach(
      organizationId: string,
      handle: string,
      base64: string,
    ): Promise<Omit<Attachment, 'alt'>> {
      const { id: projectId } = await projects.find(organizationId, handle);
      return attachments.add({ organizationId, projectId }, base64);
    },

    async attachment({ organizationId, handle, attachmentId }: AttachmentInput) {
      const project = await projects.find(organizationId, handle);
      return { dataUrl: await attachments.dataUrl(project.id, attachmentId) };
    },

    async stop(organizationId: string, handle: string): Promise<{ stopped: boolean }> {
      const project = await projects.find(organizationId, handle);
      return { stopped: runner.stop(project.id) || (await stopElsewhere(project.id)) };
    },

    async retry({ organizationId, handle, messageId }: MessageInput): Promise<Message> {
      const { id: projectId } = await projects.find(organizationId, handle);
      const row = await repository.transaction((tx) => requeueTurn(tx, { projectId, messageId }));
      runner.wake(projectId);
      return toMessage(row);
    },

    async withdraw({ organizationId, handle, messageId }: MessageInput): Promise<Message> {
      const { id: projectId } = await projects.find(organizationId, handle);
      return repository.transaction(async (tx) => {
        const row = await withdrawMessage(tx, { projectId, messageId });
        await attachments.release(tx, metadataOf(row).attachments);
        await events.append(`project:${projectId}`, { type: 'message.removed', messageId }, tx);
        return toMessage(row);
      });
    },

    async tellPresence(
      {
        organizationId,
        userId,
        userName,
      }: Pick<Principal, 'organizationId' | 'userId' | 'userName'>,
      handle: string,
      activity: (typeof PRESENCE_ACTIVITIES)[number],
    ): Promise<Record<string, never>> {
      const { id } = await projects.find(organizationId, handle);
      await events.append(`presence:${id}`, { type: 'presence', userId, userName, activity });
      return {};
    },

    search,

    /** When the work on a message began, and what it asked for. */
    async startOf(projectId: string, messageId: string): ReturnType<typeof startOfTurn> {
      return repository.transaction((tx) => startOfTurn(tx, { projectId, messageId }));
    },

    isBusy: repository.isBusy,
  };
}
