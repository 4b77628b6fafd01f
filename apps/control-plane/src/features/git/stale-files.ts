import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';

/** Longer than any command of git is let run here: who made something older was killed. */
const STALE_MS = 10 * 60_000;

/** removeStaleLock removes a lock that git complains of and that nobody can hold any more; false: there is none. */
export async function removeStaleLock(repository: string, words: string): Promise<boolean> {
  const [, named = ''] = /Unable to create '([^'\n]+\.lock)': File exists/.exec(words) ?? [];
  const root = path.resolve(repository);
  const lock = path.resolve(root, named);
  if (named === '' || !lock.startsWith(`${root}${path.sep}`)) return false;
  return removeStale(lock);
}

/** removeStalePacks removes what fetches left that were killed or had no room: it would fill the disk for good. */
export async function removeStalePacks(repository: string): Promise<void> {
  const folder = path.join(repository, 'objects', 'pack');
  for (const name of await readdir(folder).catch(() => []))
    if (name.startsWith('tmp_')) await removeStale(path.join(folder, name));
}

/** False: it may be in use, or is not there. */
async function removeStale(file: string): Promise<boolean> {
  const made = await stat(file).catch(() => undefined);
  if (!made || Date.now() - made.mtimeMs < STALE_MS) return false;
  await rm(file, { force: true });
  return true;
}
