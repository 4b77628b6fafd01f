import type { Clock } from '../../../lib/clock.ts';
import type { AgentSession } from '../connections/index.ts';
import type { AgentsRepository } from '../identity/index.ts';

const TICK_MS = 1_000;
/** What waits is stored over this many ticks: a row for each agent and heartbeat would keep the database busy. */
const TICKS_FOR_ALL = 30;

export interface HeartbeatsDeps {
  readonly repository: Pick<AgentsRepository, 'recordHeartbeats'>;
  readonly clock: Clock;
  /** Pages should show this workspace's agent anew. */
  readonly onNews: (workspaceId: string) => void;
  /** The database was asked whether the session still owns its agent. */
  readonly onStored: (session: AgentSession, isOwner: boolean) => void;
  readonly onError: (error: unknown) => void;
}

interface Waiting {
  readonly session: AgentSession;
  readonly rssBytes: number;
  readonly at: Date;
}

/** Heartbeats keeps the last one of each agent, and stores them little by little. */
export interface Heartbeats {
  record(session: AgentSession, rssBytes: number): void;
  close(): void;
}

/** INVARIANTS: at most one entry for each agent; one statement at a time; what could not be stored waits again. */
export function createHeartbeats(deps: HeartbeatsDeps): Heartbeats {
  const waiting = new Map<string, Waiting>();
  let isStoring = false;
  const timer = setInterval(() => {
    if (waiting.size > 0 && !isStoring) void storeSome();
  }, TICK_MS);
  timer.unref();

  async function storeSome(): Promise<void> {
    isStoring = true;
    const beats = [...waiting.values()].slice(0, Math.ceil(waiting.size / TICKS_FOR_ALL));
    for (const { session } of beats) waiting.delete(session.agentId);
    try {
      await store(beats);
    } catch (error) {
      for (const beat of beats) {
        const { agentId } = beat.session;
        if (!waiting.has(agentId)) waiting.set(agentId, beat);
      }
      deps.onError(error);
    } finally {
      isStoring = false;
    }
  }

  async function store(beats: readonly Waiting[]): Promise<void> {
    const { news, lost } = await deps.repository.recordHeartbeats(
      beats.map(({ session: { agentId, sessionId }, rssBytes, at }) => {
        return { agentId, sessionId, rssBytes, at };
      }),
    );
    const lostIds = new Set(lost);
    for (const { session } of beats) deps.onStored(session, !lostIds.has(session.agentId));
    for (const workspaceId of news) deps.onNews(workspaceId);
  }

  return {
    record: (session, rssBytes) =>
      void waiting.set(session.agentId, { session, rssBytes, at: deps.clock.now() }),
    close: () => clearInterval(timer),
  };
}
