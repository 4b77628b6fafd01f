import { beforeEach, describe, expect, it } from 'vitest';
import type { ListeningSocket } from '../system/listening-sockets.ts';
import { createPortTable, type PortTable } from './port-table.ts';

/** A machine of the tests: what listens, and who holds it. */
let sockets: ListeningSocket[];
let held: Map<number, number[]>;
let names: Map<number, string>;
let looks: number;
let readings: number;
let activity: string | undefined;
let hasIpv6Loopback: boolean;
let nowMs: number;
let table: PortTable;

beforeEach(() => {
  sockets = [];
  held = new Map();
  names = new Map();
  [looks, readings, nowMs] = [0, 0, 0];
  [activity, hasIpv6Loopback] = [undefined, true];
  table = createPortTable({
    listening: () => {
      readings += 1;
      return sockets;
    },
    activity: () => activity,
    hasIpv6Loopback: () => hasIpv6Loopback,
    processes: () => {
      looks += 1;
      return [...held.keys()];
    },
    socketsOf: (pid) => (held.get(pid) ?? []).map((inode) => ({ pid, descriptor: inode, inode })),
    isStillHeld: ({ pid, inode }) => held.get(pid)?.includes(inode) ?? false,
    nameOf: (pid) => names.get(pid),
    nowMs: () => nowMs,
  });
});

function open(socket: ListeningSocket, pid: number, name = `program ${pid}`): void {
  sockets.push(socket);
  held.set(pid, [...(held.get(pid) ?? []), socket.inode]);
  names.set(pid, name);
}

function openByStranger(socket: ListeningSocket): void {
  sockets.push(socket);
}

describe('the port table', () => {
  it('lists the ports of the workspace by number, with their processes, and no other', () => {
    open({ address: '::', port: 5173, inode: 11 }, 2, 'vite');
    open({ address: '127.0.0.1', port: 3000, inode: 10 }, 1, 'node server.mjs');
    openByStranger({ address: '127.0.0.1', port: 5432, inode: 12 });

    expect(table.list()).toEqual([
      { port: 3000, families: ['ipv4'], pid: 1, name: 'node server.mjs' },
      { port: 5173, families: ['ipv4', 'ipv6'], pid: 2, name: 'vite' },
    ]);
    expect(table.routesTo(3000)).toEqual(['127.0.0.1']);
    expect(table.routesTo(5432)).toEqual([]);
  });

  it('looks into processes only when a socket is new', () => {
    open({ address: '127.0.0.1', port: 3000, inode: 10 }, 1);
    openByStranger({ address: '127.0.0.1', port: 22, inode: 11 });
    table.list();
    for (let round = 0; round < 10; round++) table.list();
    expect(looks).toBe(1);

    open({ address: '127.0.0.1', port: 3001, inode: 12 }, 1);

    expect(table.list().map(({ port }) => port)).toEqual([3000, 3001]);
    expect(looks).toBe(2);
  });

  it('forgets what stopped, and whose it was when the number is given away', () => {
    open({ address: '127.0.0.1', port: 3000, inode: 10 }, 1);
    table.list();
    sockets = [];
    expect(table.list()).toEqual([]);
    held.clear();

    openByStranger({ address: '127.0.0.1', port: 3000, inode: 10 });

    expect(table.list()).toEqual([]);
    expect(table.routesTo(3000)).toEqual([]);
  });

  it('names the heir of a socket whose process is gone', () => {
    open({ address: '127.0.0.1', port: 3000, inode: 10 }, 1, 'launcher');
    table.list();
    held = new Map([[5, [10]]]);
    names = new Map([[5, 'server']]);

    expect(table.list()).toMatchObject([{ pid: 5, name: 'server' }]);
  });

  it('looks again for a port that is asked for, but not for every request', () => {
    openByStranger({ address: '127.0.0.1', port: 3000, inode: 10 });
    table.list();
    for (let round = 0; round < 10; round++) expect(table.routesTo(3000)).toEqual([]);
    expect(looks).toBe(1);
    nowMs = 1_000;
    held.set(1, [10]);
    names.set(1, 'late');

    expect(table.routesTo(3000)).toEqual(['127.0.0.1']);
  });
});

describe('routes that were found a moment ago', () => {
  beforeEach(() => {
    open({ address: '127.0.0.1', port: 3000, inode: 10 }, 1);
    void table.routesTo(3000);
    readings = 0;
  });

  it('serve again for a second while the socket is open, without reading the tables', () => {
    nowMs = 999;
    expect(table.routesTo(3000)).toEqual(['127.0.0.1']);
    expect(readings).toBe(0);

    nowMs = 1_000;
    expect(table.routesTo(3000)).toEqual(['127.0.0.1']);
    expect(readings).toBe(1);
  });

  it('end at once with the socket', () => {
    held.clear();
    sockets = [{ address: '127.0.0.1', port: 3000, inode: 11 }];

    expect(table.routesTo(3000)).toEqual([]);
  });

  it('do not serve a port that was not open then', () => {
    open({ address: '127.0.0.1', port: 3001, inode: 11 }, 1);

    expect(table.routesTo(3001)).toEqual(['127.0.0.1']);
  });

  it('lead to a socket of both families over IPv6 alone, since IPv4 may be left to anybody', () => {
    open({ address: '::', port: 3001, inode: 11 }, 1);
    expect(table.routesTo(3001)).toEqual(['127.0.0.1', '::1']);

    expect(table.routesTo(3001)).toEqual(['::1']);
  });

  it('are found anew where such a socket can be reached over IPv4 alone', () => {
    hasIpv6Loopback = false;
    open({ address: '::', port: 3001, inode: 11 }, 1);
    void table.routesTo(3001);
    readings = 0;

    expect(table.routesTo(3001)).toContain('127.0.0.1');
    expect(readings).toBe(1);
  });
});

describe('the list of ports', () => {
  it('is read again only after something happened, and every two seconds', () => {
    activity = 'one';
    table.list();
    table.list();
    expect(readings).toBe(1);

    activity = 'two';
    open({ address: '127.0.0.1', port: 3000, inode: 10 }, 1);
    expect(table.list()).toMatchObject([{ port: 3000 }]);
    expect(readings).toBe(2);

    nowMs = 2_000;
    table.list();
    expect(readings).toBe(3);
  });

  it('is read every time where the system does not tell that something happened', () => {
    table.list();
    table.list();

    expect(readings).toBe(2);
  });
});
