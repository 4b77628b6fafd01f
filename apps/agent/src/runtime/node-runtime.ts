import { Socket } from 'node:net';
import { constants } from 'node:os';
import { StringDecoder } from 'node:string_decoder';
import vm from 'node:vm';
import { drainOnDestroy } from './drain-on-destroy.ts';
import type { Pty, PtyOptions, Runtime, ScriptSource } from './runtime.ts';

const WRAPPER_PARAMETERS = ['exports', 'require', 'module', '__filename', '__dirname'];

export function createNodeRuntime(executable: string, entryFile: string): Runtime {
  return {
    // The flag opens vm.SourceTextModule, the only parser of modules in Node that runs nothing.
    selfCommand: (mode) =>
      mode === 'stage'
        ? [executable, '--no-warnings', '--experimental-vm-modules', entryFile, mode]
        : [executable, '--max-semi-space-size=1', entryFile, mode],
    openPty,
    parseScript,
  };
}

async function openPty(options: PtyOptions): Promise<Pty> {
  const { spawn } = await import('@lydell/node-pty');
  const [file = '', ...args] = options.argv;
  const { cwd, env, cols, rows } = options;
  const pty = spawn(file, args, {
    name: 'xterm-256color',
    cwd,
    env: { ...env },
    cols,
    rows,
    encoding: null,
  });
  drainOnDestroy(insidesOf(pty), options.onData);
  // With `encoding: null` the data are bytes, whatever the declaration says.
  pty.onData((data: string | Uint8Array) => options.onData(Buffer.from(data)));
  pty.onExit(({ exitCode, signal }) => {
    const name = Object.entries(constants.signals).find(([, number]) => number === signal)?.[0];
    if (signal && name) options.onExit(128 + signal, name);
    else options.onExit(exitCode, null);
  });
  // A character's bytes may come in two pieces, and the terminal is written to in text.
  const decoder = new StringDecoder('utf8');
  return {
    pid: pty.pid,
    write: (bytes) => pty.write(decoder.write(Buffer.from(bytes))),
    resize: (columns, lines) => pty.resize(columns, lines),
    pause: () => pty.pause(),
    resume: () => pty.resume(),
  };
}

/** The library has no door to them, and loses output without. */
function insidesOf(pty: object): { socket: Socket; fd: number } {
  const socket: unknown = Reflect.get(pty, '_socket');
  const fd: unknown = Reflect.get(pty, 'fd');
  if (socket instanceof Socket && typeof fd === 'number') return { socket, fd };
  throw new TypeError('The terminal has no socket');
}

async function parseScript({ source, kind, name }: ScriptSource): Promise<string | undefined> {
  const code = source.replace(/^#!.*/, '');
  try {
    if (kind === 'module') new vm.SourceTextModule(code, { identifier: name });
    else vm.compileFunction(code, WRAPPER_PARAMETERS, { filename: name });
    return undefined;
  } catch (error) {
    return complaintOf(error, name);
  }
}

/** Node puts `file:line`, the line and a caret before the message, and its own frames after it. */
function complaintOf(error: unknown, name: string): string {
  if (!(error instanceof Error)) return String(error);
  const lines = (error.stack ?? '').split('\n');
  const end = lines.findIndex((line) => line.startsWith(error.name));
  const line = lines[0]?.startsWith(`${name}:`) ? lines[0].slice(name.length + 1) : undefined;
  const excerpt = lines.slice(1, end).filter((text) => text.trim() !== '');
  return [`${error.name}: ${error.message}${line ? ` (line ${line})` : ''}`, ...excerpt].join('\n');
}
