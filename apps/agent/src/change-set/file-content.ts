import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, type FileHandle } from 'node:fs/promises';
import { ignoring } from '../system/errors.ts';

const CHUNK_BYTES = 256 * 1024;

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

/** Looks at a file without following a link, and makes a durable copy of its bytes when asked to. */
export async function inspectFile(path: string, copyPath?: string): Promise<Target> {
  const info = await ignoring(['ENOENT'], () => lstat(path));
  if (!info) return 'missing';
  if (!info.isFile()) return 'other';
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const stat = await handle.stat();
    const { sha256, sizeBytes } = await (copyPath === undefined
      ? readThrough(handle)
      : copyThrough(handle, copyPath));
    return {
      sha256,
      sizeBytes,
      mode: stat.mode & 0o7777,
      uid: stat.uid,
      gid: stat.gid,
      links: stat.nlink,
      device: stat.dev,
    };
  } finally {
    await handle.close();
  }
}

async function copyThrough(from: FileHandle, path: string) {
  const copy = await open(path, 'wx', 0o600);
  try {
    const read = await readThrough(from, copy);
    await copy.sync();
    return read;
  } finally {
    await copy.close();
  }
}

/** Copies from one open file to another and hashes what passes. */
export async function readThrough(
  from: FileHandle,
  to?: FileHandle,
): Promise<{ sha256: string; sizeBytes: number }> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  let sizeBytes = 0;
  for (;;) {
    const { bytesRead } = await from.read(buffer, 0, CHUNK_BYTES, sizeBytes);
    if (bytesRead === 0) return { sha256: hash.digest('hex'), sizeBytes };
    const data = buffer.subarray(0, bytesRead);
    hash.update(data);
    if (to) await writeFully(to, data);
    sizeBytes += bytesRead;
  }
}

/** A write may be short, as on a disk that is almost full; the next one then tells the error. */
async function writeFully(to: FileHandle, data: Uint8Array): Promise<void> {
  let offset = 0;
  while (offset < data.length) {
    const { bytesWritten } = await to.write(data, offset, data.length - offset);
    offset += bytesWritten;
  }
}
