import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  fsync,
  lstatSync,
  openSync,
  readSync,
  writeSync,
  type Stats,
} from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { systemCode } from '../system/errors.ts';

const CHUNK_BYTES = 64 * 1024;
/** Not to wait for a writer should the file be a pipe by now. */
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const MAKE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

export interface TargetFile {
  readonly sha256: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes: number;
  readonly links: number;
  readonly device: number;
}

/** `other`: there is something, but no regular file. */
export type Target = TargetFile | 'missing' | 'other';

/** What waits for the disk waits outside the event loop. */
export const syncFile = promisify(fsync);

/**
 * An open file, closed after use. Opening, reading and writing happen at once: for a small file they take a tenth of
 * what handing them to the thread pool takes.
 */
export async function withFile<T>(path: string, use: (file: number) => T | Promise<T>): Promise<T> {
  return withOpen(openSync(path, READ), use);
}

/** A file that did not exist before. */
export async function withNewFile<T>(
  { path, mode }: { path: string; mode: number },
  use: (file: number) => Promise<T>,
): Promise<T> {
  return withOpen(openSync(path, MAKE, mode), use);
}

async function withOpen<T>(file: number, use: (file: number) => T | Promise<T>): Promise<T> {
  try {
    return await use(file);
  } finally {
    closeSync(file);
  }
}

/** Looks at a file without following a link, and copies its bytes to an open file when asked to. */
export async function inspectFile(path: string, copy?: number): Promise<Target> {
  const info = kindOf(path);
  if (info !== 'file') return info;
  return withFile(path, async (file) => {
    const stat = fstatSync(file);
    if (!stat.isFile()) return 'other';
    return { ...(await readThrough({ file }, copy)), ...describe(stat) };
  });
}

function kindOf(path: string): 'file' | 'missing' | 'other' {
  try {
    return lstatSync(path).isFile() ? 'file' : 'other';
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return 'missing';
    throw error;
  }
}

function describe({ mode, uid, gid, nlink, dev }: Stats) {
  return { mode: mode & 0o7777, uid, gid, links: nlink, device: dev };
}

/** Part of an open file; absent bounds: from its start, to its end. */
export interface Span {
  readonly file: number;
  readonly offset?: number;
  readonly sizeBytes?: number;
}

/** Hashes what is read, and appends it to another open file when asked to. */
export async function readThrough(
  { file, offset = 0, sizeBytes: most = Infinity }: Span,
  to?: number,
): Promise<{ sha256: string; sizeBytes: number }> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  let sizeBytes = 0;
  for (;;) {
    const wanted = Math.min(CHUNK_BYTES, most - sizeBytes);
    const bytesRead = wanted && readSync(file, buffer, 0, wanted, offset + sizeBytes);
    if (bytesRead === 0) return { sha256: hash.digest('hex'), sizeBytes };
    const data = buffer.subarray(0, bytesRead);
    hash.update(data);
    if (to !== undefined) writeFully(to, data);
    sizeBytes += bytesRead;
    if (bytesRead === CHUNK_BYTES) await nextTurn();
  }
}

/** A write may be short, as on a disk that is almost full; the next one then tells the error. */
function writeFully(to: number, data: Uint8Array): void {
  let offset = 0;
  while (offset < data.length) offset += writeSync(to, data, offset, data.length - offset);
}
