import { rm, stat } from 'node:fs/promises';
import path from 'node:path';

/** Longer than any command of git is let run here: who made a lock that is older was killed. */
const STALE_MS = 10 * 60_000;

/** removeStaleLock removes a lock that git complains of and that nobody can hold any more; false: there is none. */
export async function removeStaleLock(repository: string, words: string): Promise<boolean> {
  const [, named = ''] = /Unable to create '([^'\n]+\.lock)': File exists/.exec(words) ?? [];
  const root = path.resolve(repository);
  const lock = path.resolve(root, named);
  if (named === '' || !lock.startsWith(`${root}${path.sep}`)) return false;
  const made = await stat(lock).catch(() => undefined);
  if (!made || Date.now() - made.mtimeMs < STALE_MS) return false;
  await rm(lock, { force: true });
  return true;
}
