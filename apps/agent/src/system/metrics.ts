import { loadavg } from 'node:os';
import type { AgentEvent } from '@spt-flow/shared/agent-protocol/events';

interface Measured {
  readonly processes: number;
  /** Undefined where the system does not tell. */
  readonly workspaceCpuSeconds: number | undefined;
}

export function measureAgent({ processes, workspaceCpuSeconds }: Measured): AgentEvent {
  const { user, system } = process.cpuUsage();
  return {
    type: 'heartbeat',
    at: new Date().toISOString(),
    rssBytes: process.memoryUsage.rss(),
    cpuSeconds: (user + system) / 1e6,
    ...(workspaceCpuSeconds !== undefined && { workspaceCpuSeconds }),
    loadAverage: loadavg()[0] ?? 0,
    processes,
  };
}
