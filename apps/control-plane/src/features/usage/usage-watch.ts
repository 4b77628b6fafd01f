import type { AgentEvent } from '@spt-flow/shared/agent-protocol/events';
import type { Clock } from '../../lib/clock.ts';
import type { AgentHub, Agents } from '../agents/index.ts';
import { round, type Machine, type StoredSample } from './usage-sample.ts';

/** Of less time a rate says nothing. */
const SHORTEST_MS = 1000;

type Heartbeat = Extract<AgentEvent, { type: 'heartbeat' }>;

export interface Observed {
  readonly workspaceId: string;
  readonly sample: StoredSample;
  readonly machine: Machine;
}

/** Changed in place, as it stays for as long as its agent. */
interface Counters {
  sessionId: string;
  atMs: number;
  cpuSeconds: number | undefined;
  receivedBytes: number | undefined;
  sentBytes: number | undefined;
}

/** watchUsage makes samples of heartbeats: what agents count becomes rates. */
export function watchUsage(deps: {
  readonly onAgentEvent: Agents['events']['onEvent'];
  readonly onPresence: AgentHub['onPresence'];
  readonly clock: Clock;
  readonly onSample: (observed: Observed) => void;
  readonly onGone: (workspaceId: string) => void;
}): { close(): void } {
  const last = new Map<string, Counters>();

  function see(workspaceId: string, sessionId: string, beat: Heartbeat): void {
    const now: Counters = {
      ...{ sessionId, atMs: deps.clock.monotonicMs(), cpuSeconds: beat.workspaceCpuSeconds },
      receivedBytes: beat.network?.receivedBytes,
      sentBytes: beat.network?.sentBytes,
    };
    const before = last.get(workspaceId);
    const since = before?.sessionId === sessionId ? before : undefined;
    if (since && now.atMs - since.atMs < SHORTEST_MS) return;
    const sample: StoredSample = [
      deps.clock.now().getTime(),
      rateOf('cpuSeconds', since, now),
      beat.workspaceMemoryBytes ?? null,
      beat.disk?.usedBytes ?? null,
      rateOf('receivedBytes', since, now),
      rateOf('sentBytes', since, now),
    ];
    if (before) Object.assign(before, now);
    else last.set(workspaceId, now);
    const { cpus = null, memoryBytes = null } = beat.machine ?? {};
    const machine = { cpus, memoryBytes, diskBytes: beat.disk?.totalBytes ?? null };
    deps.onSample({ workspaceId, sample, machine });
  }

  deps.onAgentEvent(({ workspaceId, sessionId }, event) => {
    if (event.type === 'heartbeat') see(workspaceId, sessionId, event);
  });
  const stopListening = deps.onPresence(({ session: { workspaceId, sessionId }, online }) => {
    if (online || last.get(workspaceId)?.sessionId !== sessionId) return;
    last.delete(workspaceId);
    deps.onGone(workspaceId);
  });
  return { close: stopListening };
}

/** Null: not known. A counter that fell began anew, e.g. because a process left with what it had used. */
function rateOf(
  counter: 'cpuSeconds' | 'receivedBytes' | 'sentBytes',
  before: Counters | undefined,
  now: Counters,
): number | null {
  const [from, to] = [before?.[counter], now[counter]];
  if (!before || from === undefined || to === undefined) return null;
  return round(Math.max(0, to - from) / ((now.atMs - before.atMs) / 1000));
}
