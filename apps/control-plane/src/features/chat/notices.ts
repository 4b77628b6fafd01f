import type { Database, Transaction } from '@spt-flow/db/client';
import type { TurnStep } from '@spt-flow/shared/api/conversations';
import type { ChatEvents } from './chat-deps.ts';
import { createChatRepository } from './chat-repository.ts';
import { toMessage, type MessageMetadata } from './message-view.ts';

export interface Notice {
  readonly projectId: string;
  readonly content: string;
  /** Folded away below the text. */
  readonly detail?: { readonly label: string; readonly text: string | null };
  /** Whose receipt is shown below the text. */
  readonly changeSetId?: string;
  /** What later prompts must know. */
  readonly decision: string;
}

/** createNotices tells people in a project's conversation what happened other than in a turn. */
export function createNotices({ db, events }: { db: Database; events: ChatEvents }) {
  const repository = createChatRepository(db);
  return {
    async addNotice({ detail, changeSetId, ...notice }: Notice, tx: Transaction): Promise<void> {
      const metadata: MessageMetadata = {
        state: 'done',
        steps: detail ? [stepOf(detail)] : [],
        changeSetId: changeSetId ?? null,
      };
      const row = await repository.addNotice(tx, { ...notice, metadata });
      if (!row) return;
      const topic = `project:${notice.projectId}`;
      await events.append(topic, { type: 'message.added', message: toMessage(row) }, tx);
    },
  };
}

function stepOf({ label, text }: NonNullable<Notice['detail']>): TurnStep {
  return { id: 'notice', label, state: 'failed', detail: text, durationMs: null };
}
