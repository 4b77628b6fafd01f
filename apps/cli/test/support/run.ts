import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import type { Command } from 'commander';
import { registerCommands } from '../../src/commands/all.ts';
import { createContext } from '../../src/context.ts';
import type { CliIo } from '../../src/core/io.ts';
import { createProgram } from '../../src/program.ts';
import { runCli } from '../../src/run-cli.ts';

/** Where the compiled rules lie that are shipped. */
const RULES = path.join(import.meta.dirname, '../../../../packages/policy/src');

export interface RunOptions {
  readonly home: string;
  readonly env?: Record<string, string>;
  readonly stdin?: string;
  readonly tty?: boolean;
  readonly signal?: AbortSignal;
  readonly fetch?: typeof fetch;
  /** Called with all that was written to stderr so far. */
  readonly onStderr?: (text: string) => void;
  readonly onStdout?: (text: string) => void;
}

export interface RunResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly opened: string[];
}

/** run calls the CLI in this process, with streams of its own. */
export async function run(args: readonly string[], options: RunOptions): Promise<RunResult> {
  const { io, said } = ioOf(args, options);
  const exitCode = await runCli(io);
  return { exitCode, ...said() };
}

/** everyCommand is the whole program as somebody without a server has it. */
export function everyCommand(home = '/nonexistent'): Command[] {
  const { io } = ioOf([], { home });
  const program = createProgram(io);
  registerCommands(program, createContext(io, program));
  return withChildren(program);
}

function withChildren(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withChildren)];
}

function ioOf(args: readonly string[], options: RunOptions) {
  const stdin = Object.assign(new PassThrough(), { isTTY: options.tty ?? false });
  stdin.end(options.stdin ?? '');
  const [stdout, stdoutText] = capture(options.tty ?? false, options.onStdout);
  const [stderr, stderrText] = capture(options.tty ?? false, options.onStderr);
  const opened: string[] = [];
  const io: CliIo = {
    args,
    env: options.env ?? {},
    home: options.home,
    program: { command: ['/usr/bin/node', '/opt/spt-flow.js'], folder: RULES },
    version: '0.1.0',
    stdin,
    stdout,
    stderr,
    fetch: options.fetch ?? fetch,
    newId: randomUUID,
    openBrowser: (url) => void opened.push(url),
    signal: options.signal ?? new AbortController().signal,
  };
  return { io, said: () => ({ stdout: stdoutText(), stderr: stderrText(), opened }) };
}

export async function makeHome(): Promise<{ home: string; remove: () => Promise<void> }> {
  const home = await mkdtemp(path.join(tmpdir(), 'spt-flow-cli-'));
  return { home, remove: () => rm(home, { recursive: true, force: true }) };
}

function capture(isTTY: boolean, onText: (text: string) => void = () => undefined) {
  let text = '';
  const sink = new Writable({
    write(chunk, _, done) {
      text += String(chunk);
      onText(text);
      done();
    },
  });
  const stream = Object.assign(sink, { isTTY, columns: 80, rows: 24 });
  return [stream, () => text] as const;
}
