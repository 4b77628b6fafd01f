import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FleetStateSchema, type FleetOrder, type FleetState } from './fleet-messages.ts';

/** Where the runner puts the built benches. */
const BUILT_FLEET = path.resolve('.cache/bench/clients/fleet.js');
const POLL_MS = 20;
const NOBODY: FleetState = { connected: 0, lost: 0 };

/** Fleet is thousands of clients in a few processes. */
export interface Fleet {
  readonly connected: number;
  readonly lost: number;
  /** Resolves once this many are connected. */
  untilConnected(count: number, patienceMs: number): Promise<void>;
  stop(): Promise<void>;
}

/** startFleet gives each order a process of its own, all on the same core. */
export function startFleet(orders: readonly FleetOrder[], core: number): Fleet {
  const states = orders.map(() => NOBODY);
  const processes = orders.map((order, index) => {
    const child = spawn('taskset', ['-c', String(core), process.execPath, BUILT_FLEET], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    child.on('message', (message) => (states[index] = FleetStateSchema.parse(message)));
    child.send(order);
    return child;
  });
  const total = (name: keyof FleetState) => states.reduce((sum, state) => sum + state[name], 0);
  return {
    get connected() {
      return total('connected');
    },
    get lost() {
      return total('lost');
    },
    async untilConnected(count, patienceMs) {
      const endMs = performance.now() + patienceMs;
      while (total('connected') < count) {
        if (performance.now() > endMs)
          throw new Error(
            `Only ${total('connected')} of ${count} connected, ${total('lost')} gave up`,
          );
        await sleep(POLL_MS);
      }
    },
    stop: async () => {
      await Promise.all(processes.map(end));
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill();
  await ended;
}
