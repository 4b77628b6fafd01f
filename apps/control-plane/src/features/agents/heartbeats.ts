import type { Clock } from '../../lib/clock.ts';
import type { AgentsRepository, Heartbeat } from './agents-repository.ts';

const TICK_MS = 1_000;
/** What waits is stored over this many ticks: a row for each agent and heartbeat would keep the database busy. */
const TICKS_FOR_ALL = 30;

export interface HeartbeatsDeps {
  readonly repository: Pick<AgentsRepository, 'recordHeartbeats'>;
  readonly clock: Clock;
  /** Pages should show this workspace's agent anew. */
  readonly onNews: (workspaceId: string) => void;
  readonly onError: (error: unknown) => void;
}

/** Heartbeats keeps the last one of each agent, and stores them little by little. */
export interface Heartbeats {
  record(agentId: string, rssBytes: number): void;
  close(): void;
}

/** INVARIANTS: at most one entry for each agent; one statement at a time; what could not be stored waits again. */
export function createHeartbeats(deps: HeartbeatsDeps): Heartbeats {
  const waiting = new Map<string, Heartbeat>();
  let isStoring = false;
  const timer = setInterval(() => {
    if (waiting.size > 0 && !isStoring) void storeSome();
  }, TICK_MS);
  timer.unref();

  async function storeSome(): Promise<void> {
    isStoring = true;
    const beats = [...waiting.values()].slice(0, Math.ceil(waiting.size / TICKS_FOR_ALL));
    for (const { agentId } of beats) waiting.delete(agentId);
    try {
      for (const workspaceId of await deps.repository.recordHeartbeats(beats))
        deps.onNews(workspaceId);
    } catch (error) {
      for (const beat of beats) {
        if (!waiting.has(beat.agentId)) waiting.set(beat.agentId, beat);
      }
      deps.onError(error);
    } finally {
      isStoring = false;
    }
  }

  return {
    record: (agentId, rssBytes) =>
      void waiting.set(agentId, { agentId, rssBytes, at: deps.clock.now() }),
    close: () => clearInterval(timer),
  };
}
