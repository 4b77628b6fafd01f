import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { keepLastLines } from '../last-lines.ts';

export interface AgentCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Goes over standard input, so that the join token is in no process list and no environment. */
  readonly config: Readonly<Record<string, string>>;
  /** It writes to file descriptor 3 once it would end with its parent; without its configuration it ends by itself. */
  readonly tellsWhenBound: boolean;
}

export interface AgentProcess {
  readonly pid: number;
  /** How it ended, in plain words. */
  readonly ended: Promise<string>;
  readonly isRunning: boolean;
  lastLines(): readonly string[];
  /** Signals the process group. */
  signal(signal: NodeJS.Signals): void;
}

/** startAgentProcess runs the agent in a process group of its own: Ctrl-C at the control plane's terminal must not reach it. */
export async function startAgentProcess(command: AgentCommand): Promise<AgentProcess> {
  const child = spawn(command.program, command.args, {
    cwd: command.cwd,
    env: command.env,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
  const lines = collectLines(child);
  let running = true;
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => {
      running = false;
      resolve(describeEnd({ code, signal, lastLine: lines.at(-1) }));
    });
  });
  const pid = await whenSpawned(child);
  if (command.tellsWhenBound) await Promise.race([whenBound(child), ended]);
  child.stdin.on('error', () => undefined); // It ended before it read its configuration: `ended` says why.
  child.stdin.end(JSON.stringify(command.config));
  return {
    pid,
    ended,
    get isRunning() {
      return running;
    },
    lastLines: () => lines,
    signal: (signal) => {
      if (running) signalGroup(pid, signal);
    },
  };
}

function whenSpawned(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', (cause) =>
      reject(new Error(`The agent could not be started: ${cause.message}`, { cause })),
    );
    child.once('spawn', () => resolve(child.pid ?? 0));
  });
}

function whenBound(child: ChildProcess): Promise<unknown> {
  const status = child.stdio[3];
  return status instanceof Readable ? once(status, 'data') : Promise.resolve();
}

function collectLines(child: ChildProcess): string[] {
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) keepLastLines(stream, lines);
  }
  return lines;
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // The group ended between the check and now.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

function describeEnd(end: {
  code: number | null;
  signal: NodeJS.Signals | null;
  lastLine: string | undefined;
}): string {
  const how = end.signal ? `was ended by ${end.signal}` : `ended with exit code ${end.code}`;
  return `The agent ${how}${end.lastLine ? `: ${end.lastLine}` : ''}`;
}
