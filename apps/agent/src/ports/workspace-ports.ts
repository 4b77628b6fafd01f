import { createListeningSockets } from '../system/listening-sockets.ts';
import {
  isStillHeld,
  processesOf,
  socketsOf,
  type WorkspaceScope,
} from '../system/process-tree.ts';
import { hasIpv6Loopback, socketActivity } from '../system/socket-activity.ts';
import {
  createGivenPorts,
  createPortTable,
  type PortTable,
  type SocketSource,
} from './port-table.ts';
import { processName } from './process-name.ts';

/** Local workspaces share the network of their machine; this variable, which all their processes inherit, tells them apart. */
const MARK = 'SPT_FLOW_WORKSPACE_ID';

/** createWorkspacePorts looks at the system the agent runs on; `given` are the ports supervised processes were told to use. */
export function createWorkspacePorts(
  environment: Readonly<Record<string, string>>,
  given: () => ReadonlySet<number>,
): PortTable {
  const { platform, pid } = process;
  if (platform !== 'linux') return createGivenPorts(given);
  const workspaceId = environment[MARK];
  const scope: WorkspaceScope = {
    pid,
    mark: workspaceId === undefined ? undefined : `${MARK}=${workspaceId}`,
  };
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
