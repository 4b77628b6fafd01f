import { sql, type SQL } from 'drizzle-orm';
import type { LiveEvent } from '@spt-flow/shared/api/live';
import { createBatcher } from '../../lib/batcher.ts';
import type { ChatEvents } from './chat-deps.ts';
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
 * those that speak at the same time share a statement.
 */
export function createProgressStore({
  events,
}: {
  readonly events: Pick<ChatEvents, 'appendWith'>;
}): StoreProgress {
  return createBatcher({
    run: async (all: readonly TurnProgress[]) => {
      await events.appendWith(textsOf(all), all);
      return all.map(() => undefined);
    },
    maxSize: TURNS_AT_ONCE,
  });
}

/** INVARIANT: a turn has one piece of progress in a batch, since it waits for each before it gives the next. */
function textsOf(all: readonly TurnProgress[]): SQL {
  const column = (read: (progress: TurnProgress) => string) => sql.param(all.map(read));
  return sql`
    update messages set content = said.content, metadata = said.metadata::jsonb
    from unnest(
      ${column(({ messageId }) => messageId)}::uuid[], ${column(({ content }) => content)}::text[],
      ${column(({ metadata }) => JSON.stringify(metadata))}::text[]
    ) as said (id, content, metadata)
    where messages.id = said.id`;
}
