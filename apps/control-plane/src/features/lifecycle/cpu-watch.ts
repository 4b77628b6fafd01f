import type { AgentEvent } from '@spt-flow/shared/agent-protocol/events';
import type { AgentHub, Agents } from '../agents/index.ts';
import type { Clock } from '../../lib/clock.ts';

/** A share of one processor that no idle program uses: servers that wait and watch files stay far below. */
const BUSY_SHARE = 0.2;
/** What is busy for a moment only, e.g. because we asked it something, is not in use. */
const WINDOW_MS = 60_000;

interface Window {
  readonly sessionId: string;
  readonly sinceMs: number;
  readonly cpuSeconds: number;
}

/** watchCpu reports workspaces whose processes work, e.g. on a long build that nobody looks at. */
export function watchCpu(deps: {
  readonly onAgentEvent: Agents['events']['onEvent'];
  readonly onPresence: AgentHub['onPresence'];
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly onBusy: (workspaceId: string) => void;
}): { close(): void } {
  const windows = new Map<string, Window>();

  function see(workspaceId: string, sessionId: string, cpuSeconds: number): void {
    const nowMs = deps.clock.monotonicMs();
    const window = windows.get(workspaceId);
    const isFresh = !window || window.sessionId !== sessionId || cpuSeconds < window.cpuSeconds;
    if (!isFresh && nowMs - window.sinceMs < WINDOW_MS) return;
    windows.set(workspaceId, { sessionId, sinceMs: nowMs, cpuSeconds });
    if (isFresh) return;
    const share = (cpuSeconds - window.cpuSeconds) / ((nowMs - window.sinceMs) / 1000);
    if (share >= BUSY_SHARE) deps.onBusy(workspaceId);
  }

  deps.onAgentEvent(({ workspaceId, sessionId }, event: AgentEvent) => {
    if (event.type === 'heartbeat' && event.workspaceCpuSeconds !== undefined)
      see(workspaceId, sessionId, event.workspaceCpuSeconds);
  });
  const stopListening = deps.onPresence(({ session: { workspaceId, sessionId }, online }) => {
    if (!online && windows.get(workspaceId)?.sessionId === sessionId) windows.delete(workspaceId);
  });
  return { close: stopListening };
}
