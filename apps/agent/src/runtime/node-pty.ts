import { Socket } from 'node:net';
import { constants } from 'node:os';
import { spawn } from '@lydell/node-pty';
import { drainOnDestroy } from './drain-on-destroy.ts';
import { createPtyInput } from './pty-input.ts';
import { readFlood } from './read-flood.ts';
import type { Pty, PtyOptions } from './runtime.ts';

export async function openNodePty(options: PtyOptions): Promise<Pty> {
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
  const insides = insidesOf(pty);
  drainOnDestroy(insides, options.onData);
  // With `encoding: null` the data are bytes, whatever the declaration says.
  pty.onData((data: string | Uint8Array) =>
    options.onData(readFlood(insides.fd, typeof data === 'string' ? Buffer.from(data) : data)),
  );
  pty.onExit(({ exitCode, signal }) => {
    const name = Object.entries(constants.signals).find(([, number]) => number === signal)?.[0];
    if (signal && name) options.onExit(128 + signal, name);
    else options.onExit(exitCode, null);
  });
  return {
    pid: pty.pid,
    write: createPtyInput(insides),
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
