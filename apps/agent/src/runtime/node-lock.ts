import { spawnSync } from 'node:child_process';

/** tryLock has a child lock the open file that it inherits, because Node has no flock: it stays locked as long as it is open here. */
export function tryLock(descriptor: number): boolean {
  const { status, error } = spawnSync('flock', ['-n', '3'], {
    stdio: ['ignore', 'ignore', 'ignore', descriptor],
  });
  if (error) throw error;
  return status === 0;
}
