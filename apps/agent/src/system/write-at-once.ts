import { writeSync } from 'node:fs';
import { systemCode } from './errors.ts';

/** How much of it a terminal takes without waiting; nothing when it is full, or at its end. */
export function writeAtOnce(fd: number, bytes: Uint8Array): number {
  try {
    return writeSync(fd, bytes);
  } catch (error) {
    if (['EAGAIN', 'EIO'].includes(systemCode(error) ?? '')) return 0;
    throw error;
  }
}
