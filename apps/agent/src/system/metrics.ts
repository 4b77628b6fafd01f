import { loadavg } from 'node:os';
import type { AgentEvent } from '@spt-flow/shared/agent-protocol/events';

export function measureAgent(processes: number): AgentEvent {
  const { user, system } = process.cpuUsage();
  return {
    type: 'heartbeat',
    at: new Date().toISOString(),
    rssBytes: process.memoryUsage.rss(),
    cpuSeconds: (user + system) / 1e6,
    loadAverage: loadavg()[0] ?? 0,
    processes,
  };
}
