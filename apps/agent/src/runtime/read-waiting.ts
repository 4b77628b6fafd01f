import { readSync } from 'node:fs';

/** 0 when there is nothing more: the terminal never blocks, and fails once its other side is closed. */
export function readWaiting(fd: number, chunk: Uint8Array): number {
  try {
    return readSync(fd, chunk);
  } catch {
    return 0;
  }
}
