import type { ActivitySource } from '@spt-flow/shared/domain/activity';
import type { Clock } from '../../lib/clock.ts';
import type { Activity } from './signal-words.ts';

/** ReportActivity is called by the doors that serve people and AI agents, and by nothing else. */
export type ReportActivity = (workspaceId: string, source: ActivitySource) => void;

export type WorkspaceActivity = ReadonlyMap<string, Activity>;

/** ActivityLedger holds what was used since it was stored last: reporting is cheap enough for every packet. */
export interface ActivityLedger {
  readonly report: ReportActivity;
  /** What is not stored yet. */
  of(workspaceId: string): Activity;
  /** Stores all of it in one statement; what could not be stored waits for the next time. */
  flush(): Promise<void>;
}

type Times = Partial<Record<ActivitySource, Date>>;

export function createActivityLedger(deps: {
  readonly clock: Pick<Clock, 'now'>;
  readonly store: (activity: WorkspaceActivity) => Promise<void>;
}): ActivityLedger {
  let waiting = new Map<string, Times>();
  let storing = new Map<string, Times>();

  function timesOf(workspaceId: string): Times {
    const known = waiting.get(workspaceId);
    if (known) return known;
    const times: Times = {};
    waiting.set(workspaceId, times);
    return times;
  }

  return {
    report: (workspaceId, source) => void (timesOf(workspaceId)[source] = deps.clock.now()),
    of: (workspaceId) => ({ ...storing.get(workspaceId), ...waiting.get(workspaceId) }),

    async flush() {
      if (waiting.size === 0) return;
      storing = waiting;
      waiting = new Map();
      try {
        await deps.store(storing);
      } catch (error) {
        for (const [workspaceId, times] of storing)
          waiting.set(workspaceId, { ...times, ...waiting.get(workspaceId) });
        throw error;
      } finally {
        storing = new Map();
      }
    },
  };
}
