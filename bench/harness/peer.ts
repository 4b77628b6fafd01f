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
  /** Ends it without a warning. */
  kill(): Promise<void>;
}

/** startPeer runs a server of bench/peers on one core; it prints the URL it answers at. */
export async function startPeer(
  name: string,
  core: number,
  options: { port?: number; env?: Readonly<Record<string, string>> } = {},
): Promise<Peer> {
  const program = path.join(BUILT_PEERS, `${name}.js`);
  const command = ['-c', String(core), process.execPath, program, String(options.port ?? 0)];
  const env = { ...process.env, ...options.env };
  const server = spawn('taskset', command, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface({ input: server.stdout }), 'line')) as [string];
  const end = async (signal: NodeJS.Signals) => {
    const ended = once(server, 'exit');
    server.kill(signal);
    await ended;
  };
  return {
    url: new URL(line),
    pid: server.pid ?? 0,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  };
}
