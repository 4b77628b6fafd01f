import { setTimeout as sleep } from 'node:timers/promises';
import { isRowsFault } from '../../../lib/database-error.ts';
import type { LogInput, LogOwner, Logs } from '../../logs/index.ts';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;

export interface PatientLogs {
  /** Resolves once the lines are stored, however long the database is away; rejects when they never can be. */
  append(owner: LogOwner, lines: readonly LogInput[]): Promise<void>;
  /** Gives up what can't be stored now. */
  close(): void;
}

/**
 * createPatientLogs tries again while the database can't be used, and tells once that it can't. What waits is
 * bounded by its callers, who wait too.
 *
 * INVARIANT: lines of a workspace keep their order, also when its agent comes back on another connection meanwhile.
 */
export function createPatientLogs(deps: {
  readonly logs: Pick<Logs, 'append'>;
  readonly onError: (error: unknown) => void;
}): PatientLogs {
  /** By workspace: what could not be stored at once. */
  const delayed = new Map<string, Promise<void>>();
  let isOutageTold = false;
  let isClosed = false;

  /** False: not now. */
  async function tryToAppend(owner: LogOwner, lines: readonly LogInput[]): Promise<boolean> {
    try {
      await deps.logs.append(owner, lines);
      isOutageTold = false;
      return true;
    } catch (error) {
      if (isRowsFault(error) || isClosed) throw error;
      if (!isOutageTold) deps.onError(error);
      isOutageTold = true;
      return false;
    }
  }

  async function appendAfter(
    before: Promise<void> | undefined,
    owner: LogOwner,
    lines: readonly LogInput[],
  ): Promise<void> {
    await before?.catch(() => undefined); // Told to its own caller.
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      await sleep(pauseMs, undefined, { ref: false });
      if (await tryToAppend(owner, lines)) return;
    }
  }

  return {
    async append(owner, lines) {
      const { workspaceId } = owner;
      const before = delayed.get(workspaceId);
      if (!before && (await tryToAppend(owner, lines))) return;
      const stored = appendAfter(before, owner, lines);
      delayed.set(workspaceId, stored);
      try {
        await stored;
      } finally {
        if (delayed.get(workspaceId) === stored) delayed.delete(workspaceId);
      }
    },

    close: () => {
      isClosed = true;
    },
  };
}
