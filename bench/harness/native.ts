import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { startCommand, type Command, type CommandOptions } from './command.ts';

const run = promisify(execFile);
const SOURCES = path.resolve('bench/native');
const BUILT = path.resolve('.cache/bench/native');
const PROGRAMS = ['load', 'sink', 'delay'] as const;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
const MIB = 1024 * 1024;
const ENDLESS_BYTES = Number.MAX_SAFE_INTEGER;

/** The user and the control plane's end share a core, the agent and its target have the other. */
export const NEAR_CORE = 0;
export const FAR_CORE = 1;

export type Direction = 'down' | 'up';

/** compileNative builds the load, its sink and the relay: in C, so that they are no bottleneck. */
export async function compileNative(): Promise<void> {
  await mkdir(BUILT, { recursive: true });
  for (const name of PROGRAMS) {
    const source = path.join(SOURCES, `${name}.c`);
    await run('gcc', ['-O2', '-pthread', '-o', path.join(BUILT, name), source]);
  }
}

export interface Listener extends Command {
  readonly port: number;
}

/** What the agent connects to has to be of its workspace. */
export const WORKSPACE = { SPT_FLOW_WORKSPACE_ID: 'bench' };

/** startSink runs what the load talks to at the end of each path. */
export function startSink(): Promise<Listener> {
  return startListener(['sink'], { core: FAR_CORE, env: WORKSPACE });
}

/** startDelay relays to a port of this machine and holds back each byte; `queueBytes` are under way at most. */
export function startDelay(
  port: number,
  { delayMs, queueBytes }: { delayMs: number; queueBytes: number },
): Promise<Listener> {
  return startListener(['delay', String(port), String(delayMs), String(queueBytes)], {
    core: NEAR_CORE,
  });
}

async function startListener(
  [name = '', ...args]: string[],
  options: CommandOptions,
): Promise<Listener> {
  const command = startCommand([path.join(BUILT, name), ...args], options);
  return { ...command, port: Number(await command.line()) };
}

/** transfer resolves with MiB/s; the last byte was acknowledged by the sink. */
export async function transfer(
  port: number,
  { direction, bytes }: { direction: Direction; bytes: number },
): Promise<number> {
  const [seconds = NaN] = await load(port, direction, bytes);
  return bytes / MIB / seconds;
}

/** ping resolves with the time that each of `count` single bytes took to the sink and back, in microseconds. */
export function ping(port: number, count: number): Promise<number[]> {
  return load(port, 'ping', count);
}

/** openOften resolves with the time that each of `count` connections took to its first echoed byte, in microseconds. */
export function openOften(port: number, count: number): Promise<number[]> {
  return load(port, 'open', count);
}

/** startBulk sends without an end until it is stopped. */
export function startBulk(port: number): Command {
  const argv = [path.join(BUILT, 'load'), String(port), 'down', String(ENDLESS_BYTES)];
  return startCommand(argv, { core: NEAR_CORE, quiet: true });
}

async function load(port: number, mode: Direction | 'ping' | 'open', amount: number) {
  const command = ['-c', String(NEAR_CORE), path.join(BUILT, 'load'), String(port), mode];
  const { stdout } = await run('taskset', [...command, String(amount)], {
    maxBuffer: MAX_OUTPUT_BYTES,
  });
  return stdout.trim().split('\n').map(Number);
}
