import { availableParallelism, loadavg, totalmem } from 'node:os';
import type { AgentEvent } from '@spt-flow/shared/agent-protocol/events';
import type { DiskUse } from './disk-gauge.ts';
import type { NetworkTraffic } from './network-traffic.ts';
import type { WorkspaceUsage } from './workspace-usage.ts';

/** What is undefined the system does not tell. */
interface Measured {
  readonly processes: number;
  readonly workspace: WorkspaceUsage | undefined;
  readonly disk: DiskUse | undefined;
  readonly network: NetworkTraffic | undefined;
}

export function measureAgent({ processes, workspace, disk, network }: Measured): AgentEvent {
  const { user, system } = process.cpuUsage();
  return {
    type: 'heartbeat',
    at: new Date().toISOString(),
    rssBytes: process.memoryUsage.rss(),
    cpuSeconds: (user + system) / 1e6,
    ...(workspace && {
      workspaceCpuSeconds: workspace.cpuSeconds,
      workspaceMemoryBytes: workspace.memoryBytes,
    }),
    ...(disk && { disk }),
    ...(network && { network }),
    machine: { cpus: availableParallelism(), memoryBytes: totalmem() },
    loadAverage: loadavg()[0] ?? 0,
    processes,
  };
}
