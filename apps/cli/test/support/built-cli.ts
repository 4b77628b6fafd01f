import { execFile, spawn as spawnProcess, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { spawn } from '@lydell/node-pty';

const APP = path.join(import.meta.dirname, '../..');
export const LAUNCHER = path.join(APP, 'bin/spt-flow.js');

/** buildCli bundles the CLI, so that tests run what users run. */
export async function buildCli(): Promise<void> {
  await promisify(execFile)(process.execPath, [path.join(APP, 'build.mjs')]);
}

type Environment = Record<string, string>;

export interface TerminalRun {
  readonly exited: Promise<number>;
  output(): string;
  /** Resolves once the screen has shown the text. */
  shows(text: string): Promise<void>;
  type(text: string): void;
  resize(cols: number, rows: number): void;
  kill(signal: string): void;
}

/** runInTerminal runs a shell command on a pty. */
export function runInTerminal(script: string, env: Environment): TerminalRun {
  const pty = spawn('/bin/sh', ['-c', script], {
    cols: 80,
    rows: 24,
    env: { PATH: process.env['PATH'] ?? '', ...env },
  });
  let text = '';
  const waiters = new Set<() => void>();
  pty.onData((data) => {
    text += data;
    for (const waiter of waiters) waiter();
  });
  const exited = new Promise<number>((resolve) => pty.onExit(({ exitCode }) => resolve(exitCode)));
  return {
    exited,
    output: () => text,
    shows: (wanted) =>
      new Promise((resolve) => {
        const check = () => {
          if (!text.includes(wanted)) return;
          waiters.delete(check);
          resolve();
        };
        waiters.add(check);
        check();
      }),
    type: (typed) => pty.write(typed),
    resize: (cols, rows) => pty.resize(cols, rows),
    kill: (signal) => pty.kill(signal),
  };
}

interface PipedOptions {
  readonly env: Environment;
  readonly stdin: string | Buffer;
  /** Called with all that it printed so far. */
  readonly onStdout?: (text: string, child: ChildProcess) => void;
}

/** runPiped runs the CLI with pipes for all three streams. */
export function runPiped(args: readonly string[], options: PipedOptions) {
  const child = spawnProcess(process.execPath, [LAUNCHER, ...args], {
    env: { PATH: process.env['PATH'] ?? '', ...options.env },
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => {
    stdout.push(chunk);
    options.onStdout?.(Buffer.concat(stdout).toString(), child);
  });
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.stdin);
  return new Promise<{ exitCode: number | null; stdout: Buffer; stderr: string }>((resolve) => {
    child.once('close', (exitCode) =>
      resolve({
        exitCode,
        stdout: Buffer.concat(stdout),
        stderr: Buffer.concat(stderr).toString(),
      }),
    );
  });
}
