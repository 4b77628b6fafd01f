import {
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  rename,
  statfs,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { memoryDirectories } from '@spt-flow/config/agent-memory';
import type { Environment } from '../runtime/spawn-group.ts';
import { systemCode } from './errors.ts';
import { removeTree } from './private-files.ts';

/** Types of file systems that are in memory: tmpfs and ramfs. */
const IN_MEMORY = new Set([0x01021994, 0x858458f6]);

/**
 * openMemoryDirectory is a directory of the agent alone that is in memory, the same for the next agent of this state;
 * undefined: the machine has none.
 */
export async function openMemoryDirectory(
  stateDirectory: string,
  environment: Environment,
): Promise<string | undefined> {
  const userId = process.getuid?.() ?? 0;
  const runtimeDirectory = environment['XDG_RUNTIME_DIR'];
  for (const path of memoryDirectories({ stateDirectory, userId, runtimeDirectory }))
    if ((await isInMemory(dirname(path))) && (await makeOwn(path, userId))) return path;
  return undefined;
}

async function isInMemory(path: string): Promise<boolean> {
  const found = await statfs(path).catch(() => undefined);
  return found !== undefined && IN_MEMORY.has(found.type);
}

/** False: it can't be made, or is somebody else's. */
async function makeOwn(path: string, own: number): Promise<boolean> {
  try {
    await mkdir(path, { mode: 0o700 });
    return true;
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') return false;
  }
  const found = await lstat(path);
  return found.isDirectory() && found.uid === own && (found.mode & 0o077) === 0;
}

/** What an agent before this one left for programs. */
export async function readFiles(directory: string): Promise<Record<string, string>> {
  const entries = await readdir(directory, { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && /^[A-Za-z_]\w*$/.test(entry.name));
  const pairs = files.map(async ({ name }) => {
    return [name, await readFile(join(directory, name), 'utf8')] as const;
  });
  return Object.fromEntries(await Promise.all(pairs));
}

/** Nothing else is left there. Each file changes in one step: programs read the old value or the new one. */
export async function writeFiles(directory: string, values: Environment): Promise<void> {
  for (const name of await readdir(directory))
    if (values[name] === undefined) await removeTree(join(directory, name));
  for (const [name, value] of Object.entries(values)) {
    const unfinished = join(directory, `.${name}`);
    await removeTree(unfinished);
    await writeFile(unfinished, value, { mode: 0o400 });
    await chmod(unfinished, 0o400);
    await rename(unfinished, join(directory, name));
  }
}
