import { closeSync, constants, openSync } from 'node:fs';
import { messageOf } from './errors.ts';

/** Locks an open file for as long as it is open in this process; false: somebody else has it. */
export type TryLock = (descriptor: number) => boolean;

/**
 * Takes a directory for this process until it ends, or until the answered function is called; throws when another
 * agent has it. The kernel gives the lock up with the process, so there is never a stale one to take over.
 */
export function lockDirectory(path: string, tryLock: TryLock): () => void {
  const unlock = openLocked(path, tryLock);
  if (unlock) return unlock;
  throw new Error(`Another agent already uses '${path}'`);
}

/** Whether an agent lives in the directory. */
export function isDirectoryLocked(path: string, tryLock: TryLock): boolean {
  const unlock = openLocked(path, tryLock);
  unlock?.();
  return unlock === undefined;
}

function openLocked(path: string, tryLock: TryLock): (() => void) | undefined {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  const unlock = () => closeSync(descriptor);
  try {
    if (tryLock(descriptor)) return unlock;
  } catch (cause) {
    unlock();
    throw new Error(`Cannot lock '${path}': ${messageOf(cause)}`, { cause });
  }
  unlock();
  return undefined;
}
