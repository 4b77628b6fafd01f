import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import type { GroupLedger } from '../processes/group-ledger.ts';
import { signalGroup } from '../processes/process-group.ts';
import { AgentError, messageOf } from '../system/errors.ts';
import { isExecutable } from '../system/is-executable.ts';
import { exitCodeOf } from './process-exit.ts';

export type Environment = Readonly<Record<string, string>>;

export interface GroupCommand {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Environment;
}

export interface GroupExit {
  /** 128 + signal number when a signal ended it. */
  readonly exitCode: number;
  readonly signal: NodeJS.Signals | null;
}

export interface ProcessGroup {
  readonly id: number;
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Resolves when the leader ended; what it left in the group has been killed by then. */
  readonly exited: Promise<GroupExit>;
  /** Resolves when the output was read to its end too. */
  readonly closed: Promise<GroupExit>;
}

export type SpawnGroup = (command: GroupCommand) => Promise<ProcessGroup>;

/** Starts commands in process groups of their own, all recorded in the ledger while they live. */
export function createSpawnGroup(ledger: GroupLedger): SpawnGroup {
  return async ({ argv, cwd, env }) => {
    const [file = '', ...args] = argv;
    const child = spawn(file, args, { cwd, env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    // A child that ends without reading its input must not end the agent.
    child.stdin.on('error', () => undefined);
    const id = await startedPid(child, file);
    ledger.add(id);
    const exited = leaderExit(child).then((exit) => {
      signalGroup(id, 'SIGKILL');
      ledger.remove(id);
      return exit;
    });
    const closed = once(child, 'close').then(() => exited);
    return { id, stdin: child.stdin, stdout: child.stdout, stderr: child.stderr, exited, closed };
  };
}

async function startedPid(
  child: ChildProcessByStdio<Writable, Readable, Readable>,
  file: string,
): Promise<number> {
  try {
    await once(child, 'spawn');
  } catch (error) {
    // A directory that is missing fails in the same way.
    const isMissing = file.startsWith('/') && !isExecutable(file);
    const why = isMissing ? 'this machine has no such program' : messageOf(error);
    throw new AgentError('not_found', `Cannot run '${file}': ${why}`, { cause: error });
  }
  if (child.pid === undefined)
    throw new AgentError('internal', `Cannot run '${file}': it has no process id`);
  return child.pid;
}

async function leaderExit(
  child: ChildProcessByStdio<Writable, Readable, Readable>,
): Promise<GroupExit> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ exitCode: exitCodeOf(code, signal), signal }));
  });
}
