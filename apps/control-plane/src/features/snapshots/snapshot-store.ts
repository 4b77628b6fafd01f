import { createReadStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { WorkspacePart } from '../providers/index.ts';
import { createMeter } from '../../lib/byte-meter.ts';
import { keepPart } from './keep-part.ts';
import {
  manifestOf,
  readManifest,
  refuse,
  type Manifest,
  type ManifestFacts,
  type Part,
} from './manifest.ts';

const MANIFEST = 'manifest.json';
const UNFINISHED = '.unfinished';

export type SnapshotStore = ReturnType<typeof createSnapshotStore>;

/** TakePart keeps one part of a backup that is being made. */
export type TakePart = (
  part: WorkspacePart,
  options: { maxBytes: number; unusual: 'drop' | 'refuse' },
) => Promise<Part>;

/** createSnapshotStore keeps backups in a directory each; one that has not its name yet is not finished. */
export function createSnapshotStore(directory: string) {
  const directoryOf = (id: string) => path.join(directory, id);
  const fileOf = (id: string, part: Pick<Part, 'name'>) =>
    path.join(directoryOf(id), `${part.name}.tar.gz`);

  async function remove(id: string): Promise<void> {
    await rm(directoryOf(id), { recursive: true, force: true });
    await rm(directoryOf(id + UNFINISHED), { recursive: true, force: true });
  }

  async function readOne(id: string): Promise<Manifest> {
    const file = path.join(directoryOf(id), MANIFEST);
    const text = await readFile(file, 'utf8').catch((cause: unknown) => {
      throw refuse('manifest', cause instanceof Error ? cause.message : 'it is gone');
    });
    return readManifest(text);
  }

  return {
    remove,
    manifest: readOne,
    fileOf,

    /** Nothing is left of one that can't be finished. AppError `disk_full`. */
    async create(
      id: string,
      work: (take: TakePart) => Promise<Omit<ManifestFacts, 'parts'>>,
    ): Promise<Manifest> {
      const place = id + UNFINISHED;
      const parts: Part[] = [];
      try {
        await mkdir(directoryOf(place), { recursive: true, mode: 0o700 });
        const facts = await work(async ({ name, archive }, options) => {
          const part = await keepPart(archive, { name, file: fileOf(place, { name }), ...options });
          parts.push(part);
          return part;
        });
        const manifest = manifestOf({ ...facts, parts });
        const file = path.join(directoryOf(place), MANIFEST);
        await writeFile(file, JSON.stringify(manifest, null, 2), { mode: 0o600, flag: 'wx' });
        await rename(directoryOf(place), directoryOf(id));
        return manifest;
      } catch (error) {
        await remove(id);
        throw diskError(error);
      }
    },

    /** Throws AppError `backup_invalid` unless all of it is as it was written. */
    async verify(id: string): Promise<Manifest> {
      const manifest = await readOne(id);
      for (const part of manifest.parts) {
        const meter = createMeter();
        meter.stream.resume();
        await pipeline(createReadStream(fileOf(id, part)), meter.stream).catch(() => undefined);
        if (meter.facts().sha256 !== part.sha256)
          throw refuse('checksum', `"${part.name}" was changed or is damaged`);
      }
      return manifest;
    },

    /** Opens the parts, one after the other. */
    async *parts(id: string, { parts }: Pick<Manifest, 'parts'>): AsyncGenerator<WorkspacePart> {
      for (const part of parts) {
        const archive = createGunzip();
        // What goes wrong ends the archive with it, and so reaches whoever reads it.
        pipeline(createReadStream(fileOf(id, part)), archive).catch(() => undefined);
        yield { name: part.name, archive };
      }
    },

    /** Ids of all that are there, finished or not, that were not begun after this instant. */
    async list(until: Date | undefined): Promise<string[]> {
      const names = await readdir(directory).catch(() => []); // Nothing was ever kept.
      const old = await Promise.all(names.map((name) => isOlder(directoryOf(name), until)));
      const ids = names
        .filter((_, index) => old[index])
        .map((name) => name.replace(UNFINISHED, ''));
      return [...new Set(ids)];
    },
  };
}

/** What is gone meanwhile needs nobody. */
async function isOlder(place: string, than: Date | undefined): Promise<boolean> {
  if (!than) return true;
  const found = await stat(place).catch(() => undefined);
  return found !== undefined && found.birthtime <= than;
}

function diskError(error: unknown): unknown {
  const isFull =
    error instanceof Error && 'code' in error && ['ENOSPC', 'EDQUOT'].includes(String(error.code));
  return isFull ? new AppError('disk_full', undefined, { cause: error }) : error;
}
