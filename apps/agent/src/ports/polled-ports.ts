import { processesOf, type ProcessTable, type WorkspaceScope } from '../system/process-tree.ts';
import type { ListeningSocket } from '../system/listening-sockets.ts';
import type { Listener } from '../system/platform/platform-parts.ts';
import { loopbackRoutes } from './loopback-routes.ts';
import type { OpenPort, PortTable } from './port-table.ts';

/** Two programs are run each time. */
const READ_AGAIN_MS = 800;

export interface PolledSource {
  readonly scope: WorkspaceScope;
  readonly listeners: () => Promise<readonly Listener[]>;
  readonly table: () => ProcessTable;
  /** Undefined when the process is gone. */
  readonly nameOf: (pid: number) => string | undefined;
  readonly nowMs: () => number;
  log(error: unknown): void;
}

interface Socket extends ListeningSocket {
  readonly pid: number | undefined;
}

interface Reading {
  readonly sockets: readonly Socket[];
  readonly own: ReadonlySet<number>;
  readonly ports: OpenPort[];
  readonly atMs: number;
}

/**
 * createPolledPorts knows ports from programs that are asked now and then, off the event loop. What it lists is as old as
 * the last answer; nobody is led to a port by an answer that is older than a second.
 */
export function createPolledPorts(source: PolledSource): PortTable {
  let last: Reading = { sockets: [], own: new Set(), ports: [], atMs: -Infinity };
  let reading: Promise<Reading> | undefined;

  async function read(): Promise<Reading> {
    const atMs = source.nowMs();
    const listeners = await source.listeners();
    // What the agent itself listens on is no port of the workspace.
    const { pid: agentPid } = source.scope;
    const members = new Set(listeners.length > 0 ? processesOf(source.scope, source.table()) : []);
    const sockets = listeners.map((listener, inode) => ({ ...listener, inode }));
    const own = new Set(
      sockets.flatMap(({ pid, inode }) =>
        pid !== undefined && pid !== agentPid && members.has(pid) ? [inode] : [],
      ),
    );
    last = { sockets, own, ports: describe(sockets, own), atMs };
    return last;
  }

  function describe(sockets: readonly Socket[], own: ReadonlySet<number>): OpenPort[] {
    const mine = sockets.filter(({ inode }) => own.has(inode));
    const ports = [...new Set(mine.map(({ port }) => port))].sort((a, b) => a - b);
    return ports.flatMap((port) => {
      const routes = loopbackRoutes(sockets, port, (inode) => own.has(inode));
      const pid = mine.find((socket) => socket.port === port)?.pid;
      const name = pid === undefined ? undefined : source.nameOf(pid);
      if (routes.length === 0 || pid === undefined || name === undefined) return [];
      const families = routes.map((route) => (route.includes(':') ? 'ipv6' : 'ipv4'));
      return [{ port, families: [...new Set(families)], pid, name }];
    });
  }

  function readOnce(): Promise<Reading> {
    reading ??= read().finally(() => (reading = undefined));
    return reading;
  }

  const isFresh = () => source.nowMs() - last.atMs < READ_AGAIN_MS;
  const routesIn = ({ sockets, own }: Reading, port: number) =>
    loopbackRoutes(sockets, port, (inode) => own.has(inode));

  return {
    isSupported: true,
    list() {
      if (!isFresh()) readOnce().catch(source.log);
      return last.ports;
    },
    async routesTo(port) {
      const known = isFresh() ? routesIn(last, port) : [];
      return known.length > 0 ? known : routesIn(await readOnce(), port);
    },
  };
}
