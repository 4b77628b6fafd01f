import { sql } from 'drizzle-orm';
import type { LiveEvent } from '@spt-flow/shared/api/live';
import { createBatcher } from '../../lib/batcher.ts';
import type { ChatEvents } from './chat-deps.ts';
import type { ChatRepository } from './chat-repository.ts';
import type { MessageMetadata } from './message-view.ts';

const TURNS_AT_ONCE = 200;

/** TurnProgress is what a turn has said so far, and what is new of it. */
export interface TurnProgress {
  readonly topic: string;
  readonly messageId: string;
  readonly content: string;
  readonly metadata: MessageMetadata;
  readonly event: LiveEvent;
}

export type StoreProgress = (progress: TurnProgress) => Promise<void>;

/**
 * createProgressStore keeps what turns say, so that a page that is opened now shows it. A lone turn waits for nobody;
 * those that speak at the same time share a transaction.
 */
export function createProgressStore({
  repository,
  events,
}: {
  readonly repository: Pick<ChatRepository, 'transaction'>;
  readonly events: ChatEvents;
}): StoreProgress {
  return createBatcher({
    run: (all: readonly TurnProgress[]) =>
      repository.transaction(async (tx) => {
        const column = (read: (progress: TurnProgress) => string) => sql.param(all.map(read));
        await tx.execute(sql`
          update messages set content = said.content, metadata = said.metadata::jsonb
          from unnest(
            ${column(({ messageId }) => messageId)}::uuid[], ${column(({ content }) => content)}::text[],
            ${column(({ metadata }) => JSON.stringify(metadata))}::text[]
          ) as said (id, content, metadata)
          where messages.id = said.id`);
        await events.appendAll(all, tx);
        return all.map(() => undefined);
      }),
    maxSize: TURNS_AT_ONCE,
  });
}
