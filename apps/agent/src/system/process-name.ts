import { basename } from 'node:path';
import { readProc } from './proc.ts';

const MAX_NAME_CHARACTERS = 64;
/** Programs that say little without the file that they run. */
const INTERPRETERS = /^(?:bun|deno|dotnet|java|node(?:js)?|perl|php|python[\d.]*|ruby|tsx)$/;

/** processName calls a process by its program and the file that it runs; undefined when it is gone. */
export function processName(pid: number): string | undefined {
  const commandLine = readProc(`/proc/${pid}/cmdline`);
  const name = describeCommand(commandLine?.split('\0').filter((word) => word !== '') ?? []);
  return name ?? readProc(`/proc/${pid}/comm`)?.trim();
}

/** describeCommand leaves out every other argument: they may hold secrets. */
export function describeCommand(words: readonly string[]): string | undefined {
  const [path, ...rest] = words;
  if (path === undefined) return undefined;
  const program = basename(path);
  const file = INTERPRETERS.test(program) ? rest.find(isFileName) : undefined;
  const text = file === undefined ? program : `${program} ${basename(file)}`;
  return text.slice(0, MAX_NAME_CHARACTERS);
}

function isFileName(word: string): boolean {
  return /^[\w@+./][\w@+./-]*$/.test(word) && /[./]/.test(word);
}
