import { execFile } from 'node:child_process';
import { statfs } from 'node:fs/promises';

const INTERVAL_MS = 60_000;
/** Counting files may take this part of the time. */
const SHARE = 1 / 20;
const PATIENCE_MS = 10 * 60_000;

export interface DiskUse {
  /** What the files take. */
  readonly usedBytes: number;
  /** With what is left for more of them. */
  readonly totalBytes: number;
}

/**
 * createDiskGauge returns what was last known of the files below a directory, and asks anew now and then, the more
 * seldom the longer it takes. Undefined: it is not known yet.
 */
export function createDiskGauge(directory: string): () => DiskUse | undefined {
  let known: DiskUse | undefined;
  let isAsking = false;
  let nextAskMs = 0;

  async function ask(): Promise<void> {
    isAsking = true;
    const startedMs = performance.now();
    try {
      const usedBytes = await sizeOf(directory);
      const { bavail, bsize } = await statfs(directory);
      known =
        usedBytes === undefined ? undefined : { usedBytes, totalBytes: usedBytes + bavail * bsize };
    } catch {
      // A directory that is not there at the moment has no file system.
      known = undefined;
    } finally {
      const tookMs = performance.now() - startedMs;
      nextAskMs = performance.now() + Math.max(INTERVAL_MS, tookMs / SHARE);
      isAsking = false;
    }
  }

  return () => {
    if (!isAsking && performance.now() >= nextAskMs) void ask();
    return known;
  };
}

/** Of its own file system only; files that may not be looked at are left out. A program does it, so that it costs the agent no memory. */
function sizeOf(directory: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const argv = ['-n', '19', 'du', '-skx', directory];
    execFile('nice', argv, { timeout: PATIENCE_MS }, (_error, stdout) => {
      const kib = /^(\d+)\s/.exec(stdout)?.[1];
      resolve(kib === undefined ? undefined : Number(kib) * 1024);
    });
  });
}
