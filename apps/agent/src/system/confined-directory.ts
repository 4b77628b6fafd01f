import { constants } from 'node:fs';
import { open, mkdir, type FileHandle } from 'node:fs/promises';
import { AgentError, systemCode } from './errors.ts';

const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/**
 * ConfinedDirectory is an open directory below a root, reached without following a symlink.
 * INVARIANT: paths from `at` stay in this very directory, even when it is moved or replaced meanwhile.
 */
export interface ConfinedDirectory {
  at(name: string): string;
  sync(): Promise<void>;
}

type Use<T> = (directory: ConfinedDirectory) => Promise<T>;

/** Walks to a directory component by component through descriptors, and closes it after use. */
export function withDirectory<T>(
  root: string,
  segments: readonly string[],
  use: Use<T>,
): Promise<T> {
  return walk({ root, segments, create: false }, use);
}

/** Makes missing directories on the way. */
export function withMadeDirectory<T>(
  root: string,
  segments: readonly string[],
  use: Use<T>,
): Promise<T> {
  return walk({ root, segments, create: true }, use);
}

interface Walk {
  readonly root: string;
  readonly segments: readonly string[];
  readonly create: boolean;
}

async function walk<T>({ root, segments, create }: Walk, use: Use<T>): Promise<T> {
  let handle = await open(root, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    for (const segment of segments) handle = await descend(handle, segment, create);
    const directory = handle;
    return await use({ at: (name) => below(directory, name), sync: () => directory.sync() });
  } finally {
    await handle.close();
  }
}

async function descend(parent: FileHandle, segment: string, create: boolean): Promise<FileHandle> {
  const path = below(parent, segment);
  if (create && (await makeDirectory(path))) await parent.sync();
  const child = await openDirectory(path, segment);
  await parent.close();
  return child;
}

async function makeDirectory(path: string): Promise<boolean> {
  try {
    await mkdir(path, 0o755);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  }
}

async function openDirectory(path: string, segment: string): Promise<FileHandle> {
  try {
    return await open(path, DIRECTORY);
  } catch (error) {
    const code = systemCode(error);
    // With O_DIRECTORY Linux answers ENOTDIR for a symlink too.
    if (code === 'ELOOP' || code === 'ENOTDIR') {
      throw new AgentError('path_not_permitted', `'${segment}' is not a directory, or a link`, {
        cause: error,
      });
    }
    throw error;
  }
}

function below(handle: FileHandle, name: string): string {
  return `/proc/self/fd/${handle.fd}/${name}`;
}
