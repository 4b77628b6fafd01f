import type { ListeningSocket } from '../system/listening-sockets.ts';
import type { HeldSocket } from '../system/held-sockets.ts';
import { isKeptByKernel, loopbackRoutes } from './loopback-routes.ts';

/** Reading all sockets walks the kernel's table of connections, for milliseconds. What was read serves so long. */
const KEEP_ROUTES_MS = 1_000;
const KEEP_LIST_MS = 2_000;
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
  routesTo(port: number): string[] | Promise<string[]>;
}

/** What a port table needs of the system. */
export interface SocketSource {
  readonly listening: () => ListeningSocket[];
  /** Changes when a socket begins to listen; undefined where that is not told. */
  readonly activity: () => string | undefined;
  readonly hasIpv6Loopback: () => boolean;
  /** Processes of the workspace, without those that are not to be seen. */
  readonly processes: () => readonly number[];
  readonly socketsOf: (pid: number) => readonly HeldSocket[];
  readonly isStillHeld: (socket: HeldSocket) => boolean;
  /** Undefined when the process is gone. */
  readonly nameOf: (pid: number) => string | undefined;
  readonly nowMs: () => number;
}

interface Owner extends HeldSocket {
  readonly name: string;
}

interface Reading {
  readonly sockets: readonly ListeningSocket[];
  readonly atMs: number;
}

/** INVARIANT: `owners` holds the sockets that listen, as far as they were looked for; undefined marks those of strangers. */
export function createPortTable(source: SocketSource): PortTable {
  let owners = new Map<number, Owner | undefined>();
  let lookedAtMs = -Infinity;
  let last: Reading = { sockets: [], atMs: -Infinity };
  let listed: { ports: OpenPort[]; activity: string | undefined; atMs: number } | undefined;

  function look(sockets: readonly ListeningSocket[]): void {
    const held = new Map<number, HeldSocket>();
    for (const pid of source.processes())
      for (const socket of source.socketsOf(pid))
        if (!held.has(socket.inode)) held.set(socket.inode, socket);
    owners = new Map(sockets.map(({ inode }) => [inode, ownerOf(held.get(inode))]));
    lookedAtMs = source.nowMs();
  }

  function ownerOf(socket: HeldSocket | undefined): Owner | undefined {
    if (socket === undefined) return undefined;
    const name = source.nameOf(socket.pid);
    return name === undefined ? undefined : { ...socket, name };
  }

  /** Looking into processes is the costly part: it waits for a socket that was not seen before, or an owner that is gone. */
  function read(): readonly ListeningSocket[] {
    const atMs = source.nowMs();
    const sockets = source.listening();
    last = { sockets, atMs };
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
    return [{ port, families: [...new Set(families)], pid: owner.pid, name: owner.name }];
  }

  function describeAll(): OpenPort[] {
    const sockets = read();
    const ports = [...new Set(sockets.map(({ port }) => port))].sort((a, b) => a - b);
    return ports.flatMap((port) => describe(sockets, port));
  }

  /** Routes that were found a moment ago, as long as the kernel keeps others out of them. */
  function keptRoutesTo(port: number): string[] {
    if (source.nowMs() - last.atMs >= KEEP_ROUTES_MS) return [];
    const { sockets } = last;
    const own = sockets.flatMap((socket) => {
      const owner = socket.port === port ? owners.get(socket.inode) : undefined;
      return owner === undefined ? [] : [owner];
    });
    if (!own.every(source.isStillHeld)) return [];
    return loopbackRoutes(sockets, port, isOwn)
      .filter((route) => isKeptByKernel(route, sockets, port))
      .filter((route) => !route.includes(':') || source.hasIpv6Loopback());
  }

  return {
    isSupported: true,

    list() {
      const [activity, atMs] = [source.activity(), source.nowMs()];
      const isSame = activity !== undefined && activity === listed?.activity;
      if (listed && isSame && atMs - listed.atMs < KEEP_LIST_MS) return listed.ports;
      listed = { ports: describeAll(), activity, atMs };
      return listed.ports;
    },

    routesTo(port) {
      const kept = keptRoutesTo(port);
      if (kept.length > 0) return kept;
      const sockets = read();
      const routes = loopbackRoutes(sockets, port, isOwn);
      if (routes.length > 0 || source.nowMs() - lookedAtMs < LOOK_AGAIN_MS) return routes;
      look(sockets);
      return loopbackRoutes(sockets, port, isOwn);
    },
  };
}
