import { spawnSync } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';

/**
 * Takes a directory for this process until it ends, or until the answered function is called; throws when another
 * agent has it. The kernel gives the lock up with the process, so there is never a stale one to take over.
 */
export function lockDirectory(path: string): () => void {
  const unlock = tryLock(path);
  if (unlock) return unlock;
  throw new Error(`Another agent already uses '${path}'`);
}

/** Whether an agent lives in the directory. */
export function isDirectoryLocked(path: string): boolean {
  const unlock = tryLock(path);
  unlock?.();
  return unlock === undefined;
}

function tryLock(path: string): (() => void) | undefined {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  // Node has no flock. A child locks the open file that it inherits, which stays locked as long as it is open here.
  const { status, error } = spawnSync('flock', ['-n', '3'], {
    stdio: ['ignore', 'ignore', 'ignore', descriptor],
  });
  if (status === 0) return () => closeSync(descriptor);
  closeSync(descriptor);
  if (error) throw new Error(`Cannot lock '${path}': ${error.message}`, { cause: error });
  return undefined;
}
