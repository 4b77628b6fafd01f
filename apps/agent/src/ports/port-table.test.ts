import { beforeEach, describe, expect, it } from 'vitest';
import type { ListeningSocket } from '../system/listening-sockets.ts';
import { createGivenPorts, createPortTable, type PortTable } from './port-table.ts';

/** A machine of the tests: what listens, and who holds it. */
let sockets: ListeningSocket[];
let held: Map<number, number[]>;
let names: Map<number, string>;
let looks: number;
let nowMs: number;
let table: PortTable;

beforeEach(() => {
  sockets = [];
  held = new Map();
  names = new Map();
  looks = 0;
  nowMs = 0;
  table = createPortTable({
    listening: () => sockets,
    processes: () => {
      looks += 1;
      return [...held.keys()];
    },
    socketsOf: (pid) => held.get(pid) ?? [],
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

describe('where nobody tells whose a port is', () => {
  it('only ports that were given to processes lead somewhere', () => {
    const given = createGivenPorts(() => new Set([3001]));

    expect(given.isSupported).toBe(false);
    expect(given.list()).toEqual([]);
    expect(given.routesTo(3001)).toEqual(['127.0.0.1', '::1']);
    expect(given.routesTo(5432)).toEqual([]);
  });
});
