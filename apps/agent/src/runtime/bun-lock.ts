import { libc } from './bun-libc.ts';

const LOCK_EXCLUSIVELY = 2;
const LOCK_WITHOUT_WAITING = 4;

/** tryLock asks the kernel itself, since a machine may have nothing but a libc. */
export function tryLock(descriptor: number): boolean {
  return libc().flock(descriptor, LOCK_EXCLUSIVELY | LOCK_WITHOUT_WAITING) === 0;
}
