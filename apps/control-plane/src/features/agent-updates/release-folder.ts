import { createReadStream } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { METADATA_PATTERN, BLOB_PATTERN } from '@spt-flow/releases/release-target';
import { ReleaseError } from '@spt-flow/releases/release-error';
import {
  verifyReleases,
  type MetadataSource,
  type VerifiedReleases,
} from '@spt-flow/releases/verify-releases';

export interface ReleaseFile {
  readonly sizeBytes: number;
  /** From the offset on, at most so many bytes. */
  read(range: { offset: number; lengthBytes: number }): AsyncIterable<Buffer>;
}

/** ReleaseFolder is what a publisher has laid down; it is read anew each time, and only below its two folders. */
export interface ReleaseFolder {
  find(name: string): Promise<ReleaseFile | undefined>;
  /** Root metadata for machines that join; undefined: nothing was ever published. */
  readRoot(): Promise<Buffer | undefined>;
  /** As an agent would that joined at the beginning; undefined: nothing was ever published. */
  verify(now: Date): Promise<VerifiedReleases | undefined>;
}

const FIRST_ROOT = 'metadata/1.root.json';

export function createReleaseFolder(directory: string): ReleaseFolder {
  const at = (name: string) => path.join(directory, name);

  async function find(name: string): Promise<ReleaseFile | undefined> {
    if (!METADATA_PATTERN.test(name) && !BLOB_PATTERN.test(name)) return undefined;
    const found = await unlessMissing(stat(at(name)));
    if (!found?.isFile()) return undefined;
    return {
      sizeBytes: found.size,
      async *read({ offset, lengthBytes }) {
        if (lengthBytes === 0) return;
        const end = offset + lengthBytes - 1;
        const bytes: AsyncIterable<Buffer> = createReadStream(at(name), { start: offset, end });
        yield* bytes;
      },
    };
  }

  const source: MetadataSource = {
    async read(name, maxBytes) {
      const handle = await unlessMissing(open(at(name), 'r'));
      if (!handle) return undefined;
      try {
        if ((await handle.stat()).size > maxBytes)
          throw new ReleaseError('too_large', `'${name}' is larger than ${maxBytes} bytes`);
        return await handle.readFile();
      } finally {
        await handle.close();
      }
    },
  };

  const readRoot = () => unlessMissing(readFile(at(FIRST_ROOT)));
  return {
    find,
    readRoot,
    async verify(now) {
      const root = await readRoot();
      return root && verifyReleases({ root, source, memory: {}, nowMs: now.getTime() });
    },
  };
}

async function unlessMissing<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
