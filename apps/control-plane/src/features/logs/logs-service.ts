import type { FoundLogLine, LogLine } from '@spt-flow/shared/api/logs';
import type { SpoolPosition } from '@spt-flow/shared/agent-protocol/events';
import type { Clock } from '../../lib/clock.ts';
import { createBatcher } from '../../lib/batcher.ts';
import type { LogOwner, NewLine } from './append-lines-repository.ts';
import { toStoredLine, type LogInput } from './log-line.ts';
import type { FoundRow, LogFilter, LogRow, LogSearch, LogsRepository } from './logs-repository.ts';
import { decodePosition, encodePosition } from './search-cursor.ts';

/** More lines in one statement would keep the writers after it waiting. */
const LINES_AT_ONCE = 2_000;
const WORKSPACES_AT_ONCE = 1_000;

export interface LogsDeps {
  readonly repository: LogsRepository;
  readonly clock: Clock;
}

export interface Logs {
  /** Stores the lines in order, those of a spool once, and wakes those who follow them. */
  append(owner: LogOwner, lines: readonly LogInput[]): Promise<void>;
  /** What is stored of the spool of the workspace's agent. */
  spoolPosition(workspaceId: string): Promise<SpoolPosition | undefined>;
  list(owner: LogOwner, filter: LogFilter): Promise<LogLine[]>;
  search(
    search: Omit<LogSearch, 'olderThan'> & { cursor: string | undefined },
  ): Promise<{ items: FoundLogLine[]; nextCursor: string | null }>;
  /** Removes what is too old; it is asked for now and then. */
  removeAged(): Promise<void>;
}

/** INVARIANT: whoever appends waits, so each agent has one batch at a time in the queue, however much it has to tell. */
export function createLogs({ repository, clock }: LogsDeps): Logs {
  const append = createBatcher({
    run: async (groups: readonly (readonly NewLine[])[]) => {
      await repository.append(groups.flat());
      return groups.map(() => undefined);
    },
    sizeOf: (lines) => lines.length,
    maxSize: LINES_AT_ONCE,
  });
  const spoolPosition = createBatcher({
    run: async (workspaceIds: readonly string[]) => {
      const positions = await repository.spoolPositions(workspaceIds);
      return workspaceIds.map((id) => positions.get(id));
    },
    maxSize: WORKSPACES_AT_ONCE,
  });
  return {
    spoolPosition,

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

    async search({ cursor, limit, ...search }) {
      const olderThan = decodePosition(cursor);
      const rows = await repository.search({ ...search, olderThan, limit: limit + 1 });
      const items = rows.slice(0, limit);
      const last = items.at(-1);
      return {
        items: items.map(toFoundLine),
        nextCursor: rows.length > limit && last ? encodePosition(last) : null,
      };
    },

    removeAged: () => repository.removeAged(clock.now()),
  };
}

export function toLogLine(row: LogRow): LogLine {
  const { seq, at, level, source, text, correlationId } = row;
  return { seq, at: at.toISOString(), level, source, text, correlationId };
}

function toFoundLine(row: FoundRow): FoundLogLine {
  const { workspaceId, workspaceName, projectId, projectSlug } = row;
  return { ...toLogLine(row), workspaceId, workspaceName, projectId, projectSlug };
}
