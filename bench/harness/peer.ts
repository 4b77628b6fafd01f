import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** Where the runner puts the built benches. */
const BUILT_PEERS = path.resolve('.cache/bench/peers');

export interface Peer {
  readonly url: URL;
  readonly pid: number;
  stop(): Promise<void>;
}

/** startPeer runs a server of bench/peers on one core; it prints the URL it answers at. */
export async function startPeer(name: string, core: number): Promise<Peer> {
  const command = ['-c', String(core), process.execPath, path.join(BUILT_PEERS, `${name}.js`)];
  const server = spawn('taskset', command, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface({ input: server.stdout }), 'line')) as [string];
  return {
    url: new URL(line),
    pid: server.pid ?? 0,
    stop: async () => {
      const ended = once(server, 'exit');
      server.kill();
      await ended;
    },
  };
}
