import type { Queryable } from '@spt-flow/db/client';
import type { LiveEvent } from '@spt-flow/shared/api/live';
import type { SQL } from 'drizzle-orm';

export interface LiveRow {
  readonly cursor: number;
  readonly at: Date;
  readonly event: Record<string, unknown>;
  /** Of what is told to a whole organization: the project that it is about. */
  readonly projectId?: string | null;
}

/** LiveSource is where the rows of a kind of topic are kept. */
export interface LiveSource {
  /** Rows after the cursor, in order. */
  read(topic: string, after: number, limit: number): Promise<LiveRow[]>;
  /** The cursor of the newest row, 0 when there was none. */
  cursor(topic: string): Promise<number>;
  /** The cursor before the oldest row that is kept: an older one has missed something. */
  horizon(topic: string): Promise<number>;
}

export interface LiveEntry {
  readonly topic: string;
  readonly event: LiveEvent;
}

export interface EventLog extends LiveSource {
  /** Stores the event and wakes subscribers; cursors of a topic follow the order of commits, without gaps. */
  append(topic: string, event: LiveEvent, tx?: Queryable): Promise<number>;
  /** Several of any topics, in order, together with a change that they tell of: one statement, all of it or nothing. */
  appendWith(change: SQL, entries: readonly LiveEntry[]): Promise<void>;
  prune(): Promise<void>;
}
