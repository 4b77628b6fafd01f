import { readdirSync, readlinkSync } from 'node:fs';
import { systemCode } from './errors.ts';

/** Names in a directory of /proc; none when its process is gone or somebody else's. */
export function listDirectory(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    if (isOutOfReach(error)) return [];
    throw error;
  }
}

/** Where a link of /proc leads; undefined when its process is gone or somebody else's. */
export function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch (error) {
    if (isOutOfReach(error)) return undefined;
    throw error;
  }
}

/** The process ended meanwhile, or belongs to somebody else. */
function isOutOfReach(error: unknown): boolean {
  return ['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(systemCode(error) ?? '');
}
