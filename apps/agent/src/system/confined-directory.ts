import { constants } from 'node:fs';
import { open, mkdir, type FileHandle } from 'node:fs/promises';
import { AgentError, ignoring, systemCode } from './errors.ts';
import { platform } from './platform/platform.ts';
import { parseDirectoryPath } from './relative-path.ts';

const { below } = platform.files;
const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/**
 * ConfinedDirectory is an open directory below a root, reached without following a symlink.
 * INVARIANT: paths from `at` stay in this very directory, even when it is moved or replaced meanwhile.
 */
export interface ConfinedDirectory {
  at(name: string): string;
  sync(): Promise<void>;
}

type Use<T> = (directory: ConfinedDirectory, depth: number) => Promise<T>;

/** Walks to a directory component by component through descriptors, and closes it after use. */
export function withDirectory<T>(
  root: string,
  segments: readonly string[],
  use: Use<T>,
): Promise<T> {
  return walk({ root, segments, missing: 'fail' }, use);
}

/** Makes missing directories on the way. */
export function withMadeDirectory<T>(
  root: string,
  segments: readonly string[],
  use: Use<T>,
): Promise<T> {
  return walk({ root, segments, missing: 'make' }, use);
}

/** Walks as far as there are directories, and tells how many of the segments these are. */
export function withNearestDirectory<T>(
  root: string,
  segments: readonly string[],
  use: Use<T>,
): Promise<T> {
  return walk({ root, segments, missing: 'stop' }, use);
}

/** Makes durable what happened in the directories that hold these paths; those that are gone need nothing. */
export async function syncParents(root: string, paths: readonly string[]): Promise<void> {
  const parents = new Set(paths.map((path) => path.slice(0, Math.max(0, path.lastIndexOf('/')))));
  for (const parent of parents) {
    await ignoring(['ENOENT', 'path_not_permitted'], () =>
      withDirectory(root, parseDirectoryPath(parent), (directory) => directory.sync()),
    );
  }
}

interface Walk {
  readonly root: string;
  readonly segments: readonly string[];
  readonly missing: 'fail' | 'make' | 'stop';
}

async function walk<T>({ root, segments, missing }: Walk, use: Use<T>): Promise<T> {
  let handle = await open(root, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    let depth = 0;
    for (const segment of segments) {
      const child = await descend(handle, segment, missing);
      if (!child) break;
      await handle.close();
      handle = child;
      depth += 1;
    }
    const directory = handle;
    return await use({ at: (name) => below(directory, name), sync: () => directory.sync() }, depth);
  } finally {
    await handle.close();
  }
}

/** Undefined when there is no such directory, and that is no failure. */
async function descend(
  parent: FileHandle,
  segment: string,
  missing: Walk['missing'],
): Promise<FileHandle | undefined> {
  const path = below(parent, segment);
  if (missing === 'fail') return openDirectory(path, segment);
  const child = await ignoring(['ENOENT'], () => openDirectory(path, segment));
  if (child || missing === 'stop') return child;
  // Somebody may make it at the same time.
  await ignoring(['EEXIST'], () => mkdir(path, 0o755));
  await parent.sync();
  return openDirectory(path, segment);
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
