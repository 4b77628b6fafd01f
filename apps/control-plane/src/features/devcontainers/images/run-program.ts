import { spawn } from 'node:child_process';
import { createLineSplitter } from '../../../lib/line-splitter.ts';

const KILL_GRACE_MS = 5_000;
const MAX_OUTPUT_CHARACTERS = 4 * 1024 * 1024;

export interface ProgramRun {
  readonly argv: readonly [string, ...string[]];
  /** All that the program sees of the control plane's environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Lines of both outputs as they come. */
  readonly onLine?: (line: string) => void;
}

export interface ProgramEnd {
  readonly exitCode: number | null;
  readonly stdout: string;
}

/** runProgram runs a program of the control plane's own machine; aborting ends it and all that it started. */
export async function runProgram({ argv, env, signal, onLine }: ProgramRun): Promise<ProgramEnd> {
  signal.throwIfAborted();
  const [command, ...args] = argv;
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const kill = (name: NodeJS.Signals) => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, name);
    } catch {
      // The group is gone already.
    }
  };
  let hard: NodeJS.Timeout | undefined;
  const abort = () => {
    kill('SIGTERM');
    hard = setTimeout(() => kill('SIGKILL'), KILL_GRACE_MS);
  };
  signal.addEventListener('abort', abort, { once: true });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (stdout.length < MAX_OUTPUT_CHARACTERS) stdout += text;
  });
  const lines = createLineSplitter(onLine ?? (() => undefined));
  child.stderr.on('data', lines.push);
  try {
    const exitCode = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    lines.end();
    signal.throwIfAborted();
    return { exitCode, stdout };
  } finally {
    clearTimeout(hard);
    signal.removeEventListener('abort', abort);
  }
}
