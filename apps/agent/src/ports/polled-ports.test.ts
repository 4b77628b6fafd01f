import { beforeEach, describe, expect, it } from 'vitest';
import type { Listener } from '../system/platform/platform-parts.ts';
import type { PortTable } from './port-table.ts';
import { createPolledPorts } from './polled-ports.ts';

let listeners: Listener[];
let nowMs: number;
let readings: number;
let table: PortTable;

beforeEach(() => {
  [listeners, nowMs, readings] = [[], 0, 0];
  table = createPolledPorts({
    scope: { pid: 10, mark: undefined },
    listeners: async () => {
      readings += 1;
      return listeners;
    },
    // 11 is of the workspace, 99 is not.
    table: () => ({
      parents: new Map([
        [10, 1],
        [11, 10],
        [99, 1],
      ]),
      carries: () => false,
    }),
    nameOf: () => 'node',
    nowMs: () => nowMs,
    log: () => undefined,
  });
});

async function listed(): Promise<number[]> {
  table.list();
  // The reading that this has begun.
  await table.routesTo(0);
  return table.list().map(({ port }) => port);
}

describe('ports that programs are asked for', () => {
  it('are those of the workspace, without the agent’s own', async () => {
    listeners = [
      { address: '127.0.0.1', port: 3000, pid: 11 },
      { address: '127.0.0.1', port: 3001, pid: 10 },
      { address: '127.0.0.1', port: 3002, pid: 99 },
      { address: '0.0.0.0', port: 22, pid: undefined },
    ];

    expect(await listed()).toEqual([3000]);
    expect(await table.routesTo(22)).toEqual([]);
  });

  it('lead past a stranger at another address', async () => {
    listeners = [
      { address: '0.0.0.0', port: 3000, pid: 11 },
      { address: '127.0.0.1', port: 3000, pid: undefined },
    ];

    expect(await table.routesTo(3000)).toEqual([]);
  });

  it('are read again before somebody is led to one by an old answer', async () => {
    listeners = [{ address: '127.0.0.1', port: 3000, pid: 11 }];
    expect(await table.routesTo(3000)).toEqual(['127.0.0.1']);
    expect(await table.routesTo(3000)).toEqual(['127.0.0.1']);
    expect(readings).toBe(1);

    listeners = [{ address: '127.0.0.1', port: 3000, pid: 99 }];
    nowMs += 1_000;

    expect(await table.routesTo(3000)).toEqual([]);
  });
});
