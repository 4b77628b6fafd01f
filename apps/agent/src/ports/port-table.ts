import type { ListeningSocket } from '../system/listening-sockets.ts';
import { loopbackRoutes } from './loopback-routes.ts';

/** Asked for in vain, a port is not looked for again before this time: looking reads what every process has open. */
const LOOK_AGAIN_MS = 250;

export interface OpenPort {
  readonly port: number;
  /** Address families at which it can be reached. */
  readonly families: readonly ('ipv4' | 'ipv6')[];
  readonly pid: number;
  readonly name: string;
}

/** PortTable knows which ports of loopback belong to the workspace. */
export interface PortTable {
  /** False where the system does not tell whose a port is. */
  readonly isSupported: boolean;
  list(): OpenPort[];
  /** Addresses that reach the workspace's own process at this port, and nobody else's. */
  routesTo(port: number): string[];
}

/** What a port table needs of the system. */
export interface SocketSource {
  readonly listening: () => ListeningSocket[];
  /** Processes of the workspace, without those that are not to be seen. */
  readonly processes: () => readonly number[];
  readonly socketsOf: (pid: number) => readonly number[];
  /** Undefined when the process is gone. */
  readonly nameOf: (pid: number) => string | undefined;
  readonly nowMs: () => number;
}

interface Owner {
  readonly pid: number;
  readonly name: string;
}

/** INVARIANT: `owners` holds the sockets that listen, as far as they were looked for; undefined marks those of strangers. */
export function createPortTable(source: SocketSource): PortTable {
  let owners = new Map<number, Owner | undefined>();
  let lookedAtMs = -Infinity;

  function look(sockets: readonly ListeningSocket[]): void {
    const held = new Map<number, number>();
    for (const pid of source.processes())
      for (const inode of source.socketsOf(pid)) if (!held.has(inode)) held.set(inode, pid);
    owners = new Map(sockets.map(({ inode }) => [inode, ownerOf(held.get(inode))]));
    lookedAtMs = source.nowMs();
  }

  function ownerOf(pid: number | undefined): Owner | undefined {
    const name = pid === undefined ? undefined : source.nameOf(pid);
    return pid === undefined || name === undefined ? undefined : { pid, name };
  }

  /** Looking into processes is the costly part: it waits for a socket that was not seen before, or an owner that is gone. */
  function read(): ListeningSocket[] {
    const sockets = source.listening();
    const isKnown = ({ inode }: ListeningSocket) => owners.has(inode) && !isOrphan(inode);
    if (!sockets.every(isKnown)) look(sockets);
    // Numbers are given away again: what stopped must not be remembered.
    else owners = new Map(sockets.map(({ inode }) => [inode, owners.get(inode)]));
    return sockets;
  }

  function isOrphan(inode: number): boolean {
    const owner = owners.get(inode);
    return owner !== undefined && source.nameOf(owner.pid) === undefined;
  }

  function isOwn(inode: number): boolean {
    return owners.get(inode) !== undefined;
  }

  function describe(sockets: readonly ListeningSocket[], port: number): OpenPort[] {
    const routes = loopbackRoutes(sockets, port, isOwn);
    const socket = sockets.find((candidate) => candidate.port === port && isOwn(candidate.inode));
    const owner = socket && owners.get(socket.inode);
    if (routes.length === 0 || owner === undefined) return [];
    const families = routes.map((address) => (address.includes(':') ? 'ipv6' : 'ipv4'));
    return [{ port, families: [...new Set(families)], ...owner }];
  }

  return {
    isSupported: true,

    list() {
      const sockets = read();
      const ports = [...new Set(sockets.map(({ port }) => port))].sort((a, b) => a - b);
      return ports.flatMap((port) => describe(sockets, port));
    },

    routesTo(port) {
      const sockets = read();
      const routes = loopbackRoutes(sockets, port, isOwn);
      if (routes.length > 0 || source.nowMs() - lookedAtMs < LOOK_AGAIN_MS) return routes;
      look(sockets);
      return loopbackRoutes(sockets, port, isOwn);
    },
  };
}

/** Where nobody tells whose a port is, only those that were given to supervised processes are the workspace's. */
export function createGivenPorts(given: () => ReadonlySet<number>): PortTable {
  return {
    isSupported: false,
    list: () => [],
    routesTo: (port) => (given().has(port) ? ['127.0.0.1', '::1'] : []),
  };
}
