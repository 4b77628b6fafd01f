import { createListeningSockets } from '../system/listening-sockets.ts';
import { isStillHeld, socketsOf } from '../system/held-sockets.ts';
import { platform } from '../system/platform/platform.ts';
import { processesOf, type WorkspaceScope } from '../system/process-tree.ts';
import { hasIpv6Loopback, socketActivity } from '../system/socket-activity.ts';
import { workspaceScope } from '../system/workspace-scope.ts';
import { createPolledPorts, type PolledSource } from './polled-ports.ts';
import { createPortTable, type PortTable, type SocketSource } from './port-table.ts';

/** createWorkspacePorts looks at the system the agent runs on. */
export function createWorkspacePorts(
  environment: Readonly<Record<string, string>>,
  log: (error: unknown) => void,
): PortTable {
  const { processes, readListeners } = platform;
  const scope = workspaceScope(environment);
  if (readListeners) return createPolledPorts({ ...polled(scope), listeners: readListeners, log });
  return createPortTable({
    ...createSocketSource(),
    // What the agent itself listens on is no port of the workspace.
    processes: () => processesOf(scope, processes.table()).filter((pid) => pid !== scope.pid),
  });
}

function polled(scope: WorkspaceScope): Omit<PolledSource, 'listeners' | 'log'> {
  return {
    scope,
    table: platform.processes.table,
    nameOf: platform.processes.nameOf,
    nowMs: () => performance.now(),
  };
}

/** createSocketSource reads this Linux machine. */
export function createSocketSource(): Omit<SocketSource, 'processes'> {
  return {
    listening: createListeningSockets(),
    activity: socketActivity,
    hasIpv6Loopback,
    socketsOf,
    isStillHeld,
    nameOf: platform.processes.nameOf,
    nowMs: () => performance.now(),
  };
}
