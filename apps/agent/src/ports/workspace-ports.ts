import { createListeningSockets } from '../system/listening-sockets.ts';
import { isStillHeld, processesOf, socketsOf } from '../system/process-tree.ts';
import { hasIpv6Loopback, socketActivity } from '../system/socket-activity.ts';
import { workspaceScope } from '../system/workspace-scope.ts';
import {
  createGivenPorts,
  createPortTable,
  type PortTable,
  type SocketSource,
} from './port-table.ts';
import { processName } from './process-name.ts';

/** createWorkspacePorts looks at the system the agent runs on; `given` are the ports supervised processes were told to use. */
export function createWorkspacePorts(
  environment: Readonly<Record<string, string>>,
  given: () => ReadonlySet<number>,
): PortTable {
  const { platform, pid } = process;
  if (platform !== 'linux') return createGivenPorts(given);
  const scope = workspaceScope(environment);
  return createPortTable({
    ...createSocketSource(),
    // What the agent itself listens on is no port of the workspace.
    processes: () => processesOf(scope).filter((candidate) => candidate !== pid),
  });
}

/** createSocketSource reads this Linux machine. */
export function createSocketSource(): Omit<SocketSource, 'processes'> {
  return {
    listening: createListeningSockets(),
    activity: socketActivity,
    hasIpv6Loopback,
    socketsOf,
    isStillHeld,
    nameOf: processName,
    nowMs: () => performance.now(),
  };
}
