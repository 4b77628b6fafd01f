import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface Command {
  readonly pid: number;
  /** The next line of its output. */
  line(): Promise<string>;
  stop(): Promise<void>;
}

export interface CommandOptions {
  /** Any unless told. */
  readonly core?: number | undefined;
  readonly env?: Readonly<Record<string, string>>;
  /** Defaults to what the bench inherits. */
  readonly quiet?: boolean;
}

/** startCommand runs a program until it is stopped. */
export function startCommand(argv: readonly string[], options: CommandOptions): Command {
  const pin = options.core === undefined ? [] : ['taskset', '-c', String(options.core)];
  const [program = '', ...args] = [...pin, ...argv];
  const child = spawn(program, args, {
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', options.quiet === true ? 'ignore' : 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    pid: child.pid ?? 0,
    line: async () => {
      const next: IteratorResult<string, unknown> = await lines.next();
      if (next.done !== true) return next.value;
      throw new Error(`${argv[0] ?? ''} ended before it was ready`);
    },
    stop: () => end(child),
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill();
  await ended;
}
