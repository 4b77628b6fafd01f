import { statfs } from 'node:fs/promises';

export interface DiskUse {
  readonly usedBytes: number;
  readonly totalBytes: number;
}

/**
 * createDiskGauge returns what was last known of the file system of a directory, and asks anew for the next time: one
 * that hangs, e.g. of a network, holds up nobody. Undefined: it is not known yet.
 */
export function createDiskGauge(directory: string): () => DiskUse | undefined {
  let known: DiskUse | undefined;
  let isAsking = false;

  async function ask(): Promise<void> {
    isAsking = true;
    try {
      const { blocks, bfree, bavail, bsize } = await statfs(directory);
      const usedBytes = (blocks - bfree) * bsize;
      // What only root may fill is nobody's: as `df` tells it.
      known = { usedBytes, totalBytes: usedBytes + bavail * bsize };
    } catch {
      // A directory that is not there at the moment has no file system.
      known = undefined;
    } finally {
      isAsking = false;
    }
  }

  return () => {
    if (!isAsking) void ask();
    return known;
  };
}
