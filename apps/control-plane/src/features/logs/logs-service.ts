import type { LogLine } from '@spt-flow/shared/api/logs';
import type { Clock } from '../../lib/clock.ts';
import { createBatcher } from '../../lib/batcher.ts';
import { toStoredLine, type LogInput } from './log-line.ts';
import type { LogFilter, LogOwner, LogRow, LogsRepository, NewLine } from './logs-repository.ts';

/** More lines in one statement would keep the writers after it waiting. */
const LINES_AT_ONCE = 2_000;

export interface LogsDeps {
  readonly repository: LogsRepository;
  readonly clock: Clock;
}

export interface Logs {
  /** Stores the lines in order and wakes those who follow them. */
  append(owner: LogOwner, lines: readonly LogInput[]): Promise<void>;
  list(owner: LogOwner, filter: LogFilter): Promise<LogLine[]>;
}

export function createLogs({ repository, clock }: LogsDeps): Logs {
  const append = createBatcher({
    run: async (groups: readonly (readonly NewLine[])[]) => {
      await repository.append(groups.flat());
      return groups.map(() => undefined);
    },
    sizeOf: (lines) => lines.length,
    maxSize: LINES_AT_ONCE,
  });
  return {
    async append({ workspaceId, organizationId }, lines) {
      if (lines.length === 0) return;
      const now = clock.now();
      await append(
        lines.map((line) => ({ ...toStoredLine(line, now), workspaceId, organizationId })),
      );
    },

    async list(owner, filter) {
      return (await repository.list(owner, filter)).map(toLogLine);
    },
  };
}

export function toLogLine(row: LogRow): LogLine {
  const { seq, at, level, source, text, correlationId } = row;
  return { seq, at: at.toISOString(), level, source, text, correlationId };
}
