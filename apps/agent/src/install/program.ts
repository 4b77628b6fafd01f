import { chmod, copyFile, mkdir, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FailureError } from '../console/command.ts';
import { LAYOUT } from './layout.ts';

/** What a service cannot see, or what goes away. */
const FLEETING = ['/home/', '/root/', '/tmp/', '/run/'];

/** Program is what is copied to the machine, and the command line that runs the copy. */
export interface Program {
  readonly command: readonly string[];
  place(): Promise<void>;
}

/** describeProgram tells an executable from a bundle by the command line that runs this very program. */
export async function describeProgram(running: readonly string[]): Promise<Program> {
  const [file = '', ...rest] = running;
  const entry = rest.at(-1);
  if (entry === undefined) return { command: [LAYOUT.program], place: () => placeExecutable(file) };
  const node = await realpath(file);
  if (FLEETING.some((folder) => node.startsWith(folder))) {
    throw new FailureError(
      `A service cannot use the Node.js at ${node}: install it for all users, for example from the packages of your system`,
    );
  }
  const command = [node, ...rest.slice(0, -1), join(LAYOUT.bundle, 'agent.cjs')];
  return { command, place: () => placeBundle(dirname(entry), command) };
}

async function placeExecutable(file: string): Promise<void> {
  await mkdir(dirname(LAYOUT.program), { recursive: true, mode: 0o755 });
  await replaceFile(file, LAYOUT.program);
  await rm(LAYOUT.bundle, { recursive: true, force: true });
}

/** The native part of terminals and the parsers lie beside the bundle. */
async function placeBundle(folder: string, command: readonly string[]): Promise<void> {
  await mkdir(LAYOUT.bundle, { recursive: true, mode: 0o755 });
  for (const name of ['agent.cjs', 'parsers.cjs', 'pty.node']) {
    await replaceFile(join(folder, name), join(LAYOUT.bundle, name));
  }
  const words = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  await replaceText(`#!/bin/sh\nexec ${words} "$@"\n`, LAYOUT.program);
}

/** A running agent keeps the file that it began with. */
async function replaceFile(from: string, to: string): Promise<void> {
  const source = await realpath(from);
  if (source === to) return;
  const temporary = `${to}.new`;
  await copyFile(source, temporary);
  await chmod(temporary, 0o755);
  await rename(temporary, to);
}

async function replaceText(text: string, to: string): Promise<void> {
  const temporary = `${to}.new`;
  await writeFile(temporary, text);
  await chmod(temporary, 0o755);
  await rename(temporary, to);
}
