import { open, statfs, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ignoring } from './errors.ts';

const PROBE_BYTES = 1024 * 1024;

export interface DiskSpace {
  readonly freeBytes: number;
  /** No more files can be made, however small. */
  readonly isOutOfFiles: boolean;
}

/** How much room is left below a path that need not exist yet. */
export async function measureDisk(path: string): Promise<DiskSpace> {
  const found = await ignoring(['ENOENT'], () => statfs(path));
  if (!found) return measureDisk(dirname(path));
  const { bavail, bsize, files, ffree } = found;
  return { freeBytes: bavail * bsize, isOutOfFiles: files > 0 && ffree === 0 };
}

/** Writes a mebibyte to the disk and removes it; throws the system's error when that fails. */
export async function probeDisk(directory: string): Promise<void> {
  const path = join(directory, `probe-${process.pid}`);
  const handle = await open(path, 'wx', 0o600);
  try {
    await handle.writeFile(Buffer.alloc(PROBE_BYTES, 1));
    await handle.sync();
  } finally {
    await handle.close();
    await unlink(path);
  }
}
