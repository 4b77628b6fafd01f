import { LiveEventSchema, type LiveServerMessage } from '@spt-flow/shared/api/live';
import type { LiveRow, LiveSource } from './event-log.ts';
import { encodeMessage } from './live-frame.ts';

const BATCH_ROWS = 200;

/** TopicMessage is a row as it goes to each of its subscribers. */
export interface TopicMessage {
  readonly cursor: number;
  /** Undefined: a row of another version of the contract, which a client can't know. */
  readonly frame: Buffer | undefined;
  /** Who does not find this project is not told. */
  readonly projectId: string | null;
}

export interface TopicBatch {
  readonly messages: readonly TopicMessage[];
  readonly isLast: boolean;
}

export type TopicReader = (topic: string, after: number) => Promise<TopicBatch>;

/**
 * createTopicReader reads once for all who ask for the same rows in the same tick, as those do who are woken by one
 * notification.
 *
 * INVARIANT: nobody joins a read that has begun: it may not see what they were woken for.
 */
export function createTopicReader(source: LiveSource): TopicReader {
  const asked = new Map<string, Promise<TopicBatch>>();

  async function readNext(topic: string, after: number): Promise<TopicBatch> {
    await Promise.resolve();
    asked.delete(keyOf(topic, after));
    const rows = await source.read(topic, after, BATCH_ROWS);
    return {
      messages: rows.map((row) => ({
        cursor: row.cursor,
        frame: toFrame(topic, row),
        projectId: row.projectId ?? null,
      })),
      isLast: rows.length < BATCH_ROWS,
    };
  }

  return (topic, after) => {
    const key = keyOf(topic, after);
    const batch = asked.get(key) ?? readNext(topic, after);
    asked.set(key, batch);
    return batch;
  };
}

function keyOf(topic: string, after: number): string {
  return `${topic} ${after}`;
}

function toFrame(topic: string, row: LiveRow): Buffer | undefined {
  const event = LiveEventSchema.safeParse(row.event);
  if (!event.success) return undefined;
  const message: LiveServerMessage = {
    type: 'event',
    topic,
    cursor: row.cursor,
    at: row.at.toISOString(),
    event: event.data,
  };
  return encodeMessage(message);
}
