import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { EnvelopeSchema, type Described, type Envelope } from './documents.ts';

export type ReleaseFiles = ReturnType<typeof createReleaseFiles>;

/** createReleaseFiles is the folder of releases on the publisher's disk; numbered files are never written twice. */
export function createReleaseFiles(folder: string) {
  const at = (name: string) => join(folder, name);

  async function read(name: string): Promise<Buffer | undefined> {
    try {
      return await readFile(at(name));
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  return {
    at,
    read,

    async readDocument(name: string): Promise<Envelope<Record<string, unknown>> | undefined> {
      const bytes = await read(name);
      if (!bytes) return undefined;
      const { signed, signatures } = EnvelopeSchema.parse(JSON.parse(bytes.toString('utf8')));
      if (typeof signed !== 'object' || signed === null) throw new Error(`${name} is no metadata`);
      return { signed: { ...signed }, signatures };
    },

    /** The highest number of a role; 0: there is none. */
    async latest(role: string, within = 'metadata'): Promise<number> {
      const names = await readdir(at(within)).catch((error: unknown) => {
        if (isMissing(error)) return [];
        throw error;
      });
      const numbers = names.flatMap((name) => {
        const number = new RegExp(`^(\\d+)\\.${role}\\.json$`).exec(name)?.[1];
        return number === undefined ? [] : [Number(number)];
      });
      return Math.max(0, ...numbers);
    },

    /** Whole or not at all: what is served is read at any time. */
    async write(name: string, document: object): Promise<Described> {
      const bytes = Buffer.from(`${JSON.stringify(document, null, 2)}\n`);
      await replaceWith(at(name), (temporary) => writeSynced(temporary, bytes));
      const version = 'signed' in document ? versionOf(document.signed) : 0;
      return { version, length: bytes.length, hashes: { sha256: hashBytes(bytes) } };
    },

    async place(from: string, name: string): Promise<void> {
      await replaceWith(at(name), (temporary) => copyFile(from, temporary));
    },

    remove: (name: string) => rm(at(name), { force: true }),
  };
}

export function hashBytes(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export async function describeFile(file: string): Promise<{ lengthBytes: number; sha256: string }> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return { lengthBytes: (await stat(file)).size, sha256: hash.digest('hex') };
}

async function replaceWith(
  path: string,
  make: (temporary: string) => Promise<void>,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.new`;
  await make(temporary);
  await rename(temporary, path);
}

async function writeSynced(path: string, bytes: Buffer): Promise<void> {
  const handle = await open(path, 'w', 0o644);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function versionOf(signed: unknown): number {
  const isNumbered = typeof signed === 'object' && signed !== null && 'version' in signed;
  return isNumbered && typeof signed.version === 'number' ? signed.version : 0;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
