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
  return {
    async append(owner, lines) {
      if (lines.length === 0) return;
      const now = clock.now();
      await repository.append(
        owner,
        lines.map((line) => toStoredLine(line, now)),
      );
      await wake(logTopic(owner.workspaceId));
    },

    async list(owner, filter) {
      return (await repository.list(owner, filter)).map(toLogLine);
    },
  };
}

export function logTopic(workspaceId: string): string {
  return `logs:${workspaceId}`;
}

export function toLogLine(row: LogRow): LogLine {
  const { seq, at, level, source, text, correlationId } = row;
  return { seq, at: at.toISOString(), level, source, text, correlationId };
}
