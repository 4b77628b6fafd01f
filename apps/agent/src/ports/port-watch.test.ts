import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AgentEvent } from '@spt-flow/shared/agent-protocol/events';
import type { OpenPort } from './port-table.ts';
import { createPortWatch } from './port-watch.ts';

let ports: OpenPort[];
let failure: Error | undefined;
let isBlocked: boolean;
let events: AgentEvent[];
let complaints: string[];

beforeEach(() => {
  vi.useFakeTimers();
  [ports, failure, isBlocked, events, complaints] = [[], undefined, false, [], []];
});
afterEach(() => {
  vi.useRealTimers();
});

function follow(): () => void {
  return createPortWatch({
    table: {
      isSupported: true,
      list: () => {
        if (failure) throw failure;
        return ports;
      },
      routesTo: () => [],
    },
    events: {
      emit: (event) => void events.push(event),
      get isBlocked() {
        return isBlocked;
      },
    },
    log: (text) => void complaints.push(text),
  }).follow();
}

function portOf(port: number): OpenPort {
  return { port, families: ['ipv4'], pid: 1, name: 'node' };
}

describe('the port watch', () => {
  it('tells all ports at once, and again only when they changed, within a second', () => {
    ports = [portOf(3000)];
    follow();
    expect(events).toEqual([{ type: 'ports', isSupported: true, ports: [portOf(3000)] }]);
    vi.advanceTimersByTime(60_000);
    expect(events).toHaveLength(1);

    ports = [portOf(3000), portOf(5173)];
    vi.advanceTimersByTime(1_000);

    expect(events.slice(1)).toEqual([{ type: 'ports', isSupported: true, ports }]);
  });

  it('tells everything again to the next who follows', () => {
    follow()();
    follow();

    expect(events).toHaveLength(2);
  });

  it('stops when nobody follows any more', () => {
    const stop = follow();

    stop();
    ports = [portOf(3000)];
    vi.advanceTimersByTime(10_000);

    expect(events).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('waits while the connection takes nothing, and then tells the latest', () => {
    follow();
    isBlocked = true;
    ports = [portOf(1)];
    vi.advanceTimersByTime(2_000);
    ports = [portOf(2)];
    vi.advanceTimersByTime(2_000);
    expect(events).toHaveLength(1);

    isBlocked = false;
    vi.advanceTimersByTime(1_000);

    expect(events.slice(1)).toMatchObject([{ ports: [{ port: 2 }] }]);
  });

  it('complains once about a system that can’t be read, and goes on', () => {
    failure = new Error('too many open files');
    follow();
    vi.advanceTimersByTime(10_000);
    expect(complaints).toEqual(['Cannot see which ports are open: too many open files']);

    failure = undefined;
    vi.advanceTimersByTime(1_000);

    expect(events).toHaveLength(1);
  });

  it('never tells more ports than fit', () => {
    ports = Array.from({ length: 5_000 }, (_, index) => portOf(index + 1));
    follow();

    expect(events[0]).toMatchObject({ ports: { length: 500 } });
  });
});
