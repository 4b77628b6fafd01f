import { syncParents, withDirectory } from '../system/confined-directory.ts';
import { ignoring } from '../system/errors.ts';
import { inParallel } from '../system/in-parallel.ts';
import { platform } from '../system/platform/platform.ts';
import { groupNeighbours } from '../system/neighbours.ts';
import { syncFile, withFile } from './file-content.ts';

/** From here on syncing the whole file system once is faster than syncing each file. */
const MANY = 64;
/** Several files reach the disk in the time of one. */
const WALKS_AT_ONCE = 8;
const GONE = ['ENOENT', 'ENOTDIR', 'ELOOP', 'path_not_permitted'];

/** Brings files below a root to the disk; all lie on its file system, and those that are gone need nothing. */
export async function syncFiles(root: string, paths: readonly string[]): Promise<void> {
  if (paths.length >= MANY && (await platform.files.syncFileSystem(root))) return;
  const groups = groupNeighbours(paths.map((path) => ({ path })));
  await inParallel(groups, WALKS_AT_ONCE, ({ parents, items }) =>
    ignoreGone(() =>
      withDirectory(root, parents, async (directory) => {
        for (const { name } of items)
          await ignoreGone(() => withFile(directory.at(name), syncFile));
      }),
    ),
  );
}

/** Makes durable what happened in the directories that hold these paths. */
export async function syncNames(root: string, paths: readonly string[]): Promise<void> {
  if (paths.length >= MANY && (await platform.files.syncFileSystem(root))) return;
  await syncParents(root, paths);
}

async function ignoreGone(work: () => Promise<void>): Promise<void> {
  await ignoring(GONE, work);
}
