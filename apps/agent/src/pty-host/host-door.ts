import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Environment } from '../runtime/spawn-group.ts';
import { AgentError, ignoring } from '../system/errors.ts';
import { openRuntimeDirectory } from '../system/runtime-directory.ts';

/** Nobody listens, or nobody ever did. */
const NO_HOST = ['ENOENT', 'ECONNREFUSED'];

export interface HostDoorDeps {
  readonly stateDirectory: string;
  readonly command: readonly string[];
  readonly directory: string;
  /** What the host inherits, and each terminal at its start. */
  readonly environment: Environment;
  log(text: string): void;
}

/** HostDoor leads to the process that has the terminals: it outlives the agent that started it. */
interface HostDoor {
  /** Undefined when no host runs. */
  open(): Promise<Socket | undefined>;
  start(): Promise<Socket>;
}

export function createHostDoor(deps: HostDoorDeps): HostDoor {
  /** Named by the version of what is said there: an agent must not meet a host that it does not understand. */
  async function socketPath(): Promise<string> {
    const { stateDirectory, environment } = deps;
    return join(await openRuntimeDirectory(stateDirectory, environment), 'terminals-1.sock');
  }

  async function open(): Promise<Socket | undefined> {
    return ignoring(NO_HOST, async () => enter(await socketPath()));
  }

  async function start(): Promise<Socket> {
    const path = await socketPath();
    const [file, ...args] = [...deps.command, path];
    const host = spawn(file, args, {
      cwd: deps.directory,
      env: deps.environment,
      // In a session of its own, and unknown to the ledger of what the next agent kills.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    host.stderr.on('data', (chunk: Buffer) =>
      deps.log(`pty-host: ${chunk.toString('utf8').slice(0, 4_000)}`),
    );
    const listening = once(host.stdout, 'data');
    await Promise.race([listening, once(host, 'exit').then(fail)]);
    host.stdout.destroy();
    return enter(path);
  }

  return { open, start };
}

async function enter(path: string): Promise<Socket> {
  const socket = connect(path);
  await once(socket, 'connect');
  // What breaks the connection is told by its end.
  socket.on('error', () => socket.destroy());
  return socket;
}

function fail(): never {
  throw new AgentError('internal', 'The terminal host ended at its start');
}
