import { spawnSync } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';

/**
 * Takes a directory for this process until it ends, or until the answered function is called; throws when another
 * agent has it. The kernel gives the lock up with the process, so there is never a stale one to take over.
 */
export function lockDirectory(path: string): () => void {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  // Node has no flock. A child locks the open file that it inherits, which stays locked as long as it is open here.
  const { status, error } = spawnSync('flock', ['-n', '3'], {
    stdio: ['ignore', 'ignore', 'ignore', descriptor],
  });
  if (status === 0) return () => closeSync(descriptor);
  closeSync(descriptor);
  throw new Error(
    error ? `Cannot lock '${path}': ${error.message}` : `Another agent already uses '${path}'`,
    { cause: error },
  );
}
