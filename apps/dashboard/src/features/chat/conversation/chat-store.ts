import { changeSetRoutes, type ChangeSet } from '@spt-flow/shared/api/change-sets';
import { conversationRoutes, type Message } from '@spt-flow/shared/api/conversations';
import type { LiveEvent } from '@spt-flow/shared/api/live';
import type { Project } from '@spt-flow/shared/api/projects';
import type { RouteData } from '@spt-flow/shared/api/route';
import { defineStore } from 'pinia';
import { reactive } from 'vue';
import { createOutbox, type OutboxItem } from '../../../lib/outbox.ts';
import { problemOf, type Problem } from '../../../lib/problem.ts';
import { randomId } from '../../../lib/random-id.ts';
import { useServices } from '../../../lib/services.ts';
import { useProjectsStore } from '../../projects/projects-store.ts';
import { useWorkspacesStore } from '../../workspaces/workspaces-store.ts';
import { addMessage, applyChatEvent, inReadingOrder } from './conversation.ts';

const PAGE_SIZE = 50;

export interface Conversation {
  phase: 'loading' | 'ready' | 'failed';
  problem: Problem | undefined;
  messages: Message[];
  /** Of the page before the oldest message; null when everything is loaded. */
  earlierCursor: string | null;
  provider: RouteData<typeof conversationRoutes.messages>['provider'] | undefined;
  receipts: Map<string, ChangeSet>;
  /** Grows with each change that reached the app; the preview reloads on it. */
  revision: number;
}

/** useChatStore holds the conversations that were opened, follows the open one, and owns the outbox of all. */
export const useChatStore = defineStore('chat', () => {
  const { api, live, outboxStore } = useServices();
  const projects = useProjectsStore();
  const workspaces = useWorkspacesStore();
  const conversations = reactive(new Map<string, Conversation>());
  const unfollow = new Map<string, () => void>();

  const outbox = createOutbox({
    store: outboxStore,
    send,
    newId: randomId,
    now: () => new Date(),
    random: Math.random,
  });

  async function send(item: OutboxItem): Promise<void> {
    const message = await api.call(conversationRoutes.send, {
      params: { handle: item.target },
      body: {
        ...item.extras,
        clientMessageId: item.clientMessageId,
        content: item.content,
      },
    });
    const conversation = conversations.get(item.target);
    if (conversation?.phase === 'ready') addMessage(conversation.messages, message);
  }

  function conversationOf(projectId: string): Conversation {
    const known = conversations.get(projectId);
    if (known) return known;
    conversations.set(projectId, {
      phase: 'loading',
      problem: undefined,
      messages: [],
      earlierCursor: null,
      provider: undefined,
      receipts: new Map(),
      revision: 0,
    });
    return conversationOf(projectId);
  }

  /** open loads the newest page and follows from exactly there, so nothing is missed and nothing is seen twice. */
  async function open(project: Project): Promise<void> {
    const conversation = conversationOf(project.id);
    void loadReceipts(project, conversation);
    try {
      const page = await api.call(conversationRoutes.messages, {
        params: { handle: project.id },
        query: { limit: PAGE_SIZE },
      });
      conversation.messages = inReadingOrder(page.items);
      conversation.earlierCursor = page.nextCursor;
      conversation.provider = page.provider;
      conversation.phase = 'ready';
      conversation.problem = undefined;
      follow(project, page.liveCursor);
      void outbox.flush();
    } catch (error) {
      conversation.problem = problemOf(error);
      if (conversation.phase === 'loading') conversation.phase = 'failed';
    }
  }

  function follow(project: Project, after: number): void {
    unfollow.get(project.id)?.();
    const end = live.follow(`project:${project.id}`, after, {
      onEvent: (event) => {
        // Another version of a message goes on: what was loaded is out of date.
        if (event.type === 'conversation.switched') void open(project);
        else apply(project.id, event);
      },
      onReset: () => void open(project),
    });
    unfollow.set(project.id, end);
  }

  function close(projectId: string): void {
    unfollow.get(projectId)?.();
    unfollow.delete(projectId);
  }

  function apply(projectId: string, event: LiveEvent): void {
    const conversation = conversationOf(projectId);
    applyChatEvent(conversation.messages, event);
    projects.apply(event);
    workspaces.apply(event);
    if (event.type === 'change-set.finished') addReceipt(conversation, event.changeSet);
  }

  function addReceipt(conversation: Conversation, receipt: ChangeSet): void {
    conversation.receipts.set(receipt.id, receipt);
    if (receipt.outcome === 'committed') conversation.revision += 1;
  }

  async function loadReceipts(project: Project, conversation: Conversation): Promise<void> {
    if (!project.workspace) return;
    const page = await api
      .call(changeSetRoutes.list, {
        params: { handle: project.workspace.id },
        query: { limit: PAGE_SIZE },
      })
      // Without receipts the conversation still reads well; the history page shows the error.
      .catch(() => undefined);
    for (const receipt of page?.items ?? []) conversation.receipts.set(receipt.id, receipt);
  }

  async function loadEarlier(projectId: string): Promise<void> {
    const conversation = conversationOf(projectId);
    if (conversation.earlierCursor === null) return;
    const page = await api.call(conversationRoutes.messages, {
      params: { handle: projectId },
      query: { limit: PAGE_SIZE, cursor: conversation.earlierCursor },
    });
    conversation.messages.unshift(...inReadingOrder(page.items));
    conversation.earlierCursor = page.nextCursor;
  }

  async function stopTurn(projectId: string): Promise<void> {
    await api.call(conversationRoutes.stop, { params: { handle: projectId } });
  }

  async function withdraw(projectId: string, messageId: string): Promise<void> {
    await api.call(conversationRoutes.withdraw, {
      params: { handle: projectId, id: messageId },
    });
    applyChatEvent(conversationOf(projectId).messages, { type: 'message.removed', messageId });
  }

  async function answerAnew(projectId: string, messageId: string): Promise<void> {
    await api.call(conversationRoutes.retry, { params: { handle: projectId, id: messageId } });
  }

  async function undo(projectId: string, changeSetId: string): Promise<ChangeSet> {
    const receipt = await api.call(changeSetRoutes.undo, { params: { id: changeSetId } });
    const conversation = conversationOf(projectId);
    if (!conversation.receipts.has(receipt.id)) addReceipt(conversation, receipt);
    return receipt;
  }

  return {
    ...{ conversations, outbox, conversationOf, open, close, loadEarlier },
    ...{ stopTurn, withdraw, answerAnew, undo },
  };
});
