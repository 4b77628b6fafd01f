import type { LogLine } from '@spt-flow/shared/api/logs';
import type { Clock } from '../../lib/clock.ts';
import { toStoredLine, type LogInput } from './log-line.ts';
import type { LogFilter, LogOwner, LogRow, LogsRepository } from './logs-repository.ts';

export interface LogsDeps {
  readonly repository: LogsRepository;
  readonly clock: Clock;
  /** Tells followers of `logs:<workspaceId>` that there is more. */
  readonly wake: (topic: string) => Promise<void>;
}

export interface Logs {
  /** Stores the lines in order and wakes those who follow them. */
  append(owner: LogOwner, lines: readonly LogInput[]): Promise<void>;
  list(owner: LogOwner, filter: LogFilter): Promise<LogLine[]>;
}

export function createLogs({ repository, clock, wake }: LogsDeps): Logs {
  const inOrder = createQueues();
  return {
    async append(owner, lines) {
      if (lines.length === 0) return;
      const now = clock.now();
      const stored = lines.map((line) => toStoredLine(line, now));
      await inOrder(owner.workspaceId, () => repository.append(owner, stored));
      await wake(logTopic(owner.workspaceId));
    },

    async list(owner, filter) {
      return (await repository.list(owner, filter)).map(toLogLine);
    },
  };
}

/** Whoever does not wait for a line must still see it before the next one: connections of the database overtake each other. */
function createQueues() {
  const last = new Map<string, Promise<unknown>>();
  return async (key: string, write: () => Promise<void>): Promise<void> => {
    const written = (last.get(key) ?? Promise.resolve()).then(write);
    const settled = written.catch(() => undefined); // Told to its own caller; the next one goes on.
    last.set(key, settled);
    try {
      await written;
    } finally {
      if (last.get(key) === settled) last.delete(key);
    }
  };
}

function logTopic(workspaceId: string): string {
  return `logs:${workspaceId}`;
}

export function toLogLine(row: LogRow): LogLine {
  const { seq, at, level, source, text, correlationId } = row;
  return { seq, at: at.toISOString(), level, source, text, correlationId };
}
