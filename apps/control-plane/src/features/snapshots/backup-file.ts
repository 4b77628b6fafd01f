import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { pack, type Entry } from 'tar-stream';
import { createMeter } from '../../lib/byte-meter.ts';
import { readManifest, refuse, totalOf, type Manifest, type Part } from './manifest.ts';
import type { SnapshotStore, TakePart } from './snapshot-store.ts';
import { readEntries } from './tar-entries.ts';

const MANIFEST = 'manifest.json';
const MAX_MANIFEST_BYTES = 1024 * 1024;
const BLOCK_BYTES = 512;
/** For the heads of its files, on top of what is in them. */
const MAX_FRAME_BYTES = 4 * 1024 * 1024;

/** packBackup streams a snapshot as one file: a tar archive with the manifest, then the parts. */
export function packBackup(
  store: Pick<SnapshotStore, 'fileOf'>,
  id: string,
  manifest: Manifest,
): { stream: Readable; sizeBytes: number } {
  const head = Buffer.from(JSON.stringify(manifest, null, 2));
  const mtime = new Date(manifest.createdAt);
  const out = pack();
  out.entry({ name: MANIFEST, mtime }, head);
  const send = async () => {
    for (const part of manifest.parts) {
      const sink = out.entry({ name: fileName(part), size: part.sizeBytes, mtime });
      await pipeline(createReadStream(store.fileOf(id, part)), sink);
    }
    out.finalize();
  };
  const sizes = [head.length, ...manifest.parts.map(({ sizeBytes }) => sizeBytes)];
  const sizeBytes = sizes.reduce((sum, size) => sum + BLOCK_BYTES + blocks(size), 2 * BLOCK_BYTES);
  const stream = Readable.from(out);
  send().catch((error: unknown) => stream.destroy(error instanceof Error ? error : undefined));
  return { stream, sizeBytes };
}

function fileName({ name }: Pick<Part, 'name'>): string {
  return `${name}.tar.gz`;
}

function blocks(sizeBytes: number): number {
  return Math.ceil(sizeBytes / BLOCK_BYTES) * BLOCK_BYTES;
}

/**
 * unpackBackup takes a file as `packBackup` makes it and hands over its parts. Everything in it is checked against the
 * manifest, which comes first; AppError `backup_invalid` at the first thing that is not as it says.
 */
export async function unpackBackup(
  upload: AsyncIterable<Buffer>,
  options: {
    /** How much a workspace of that kind may hold; throws when there may be none like it. */
    readonly maxBytesOf: (manifest: Manifest) => Promise<number>;
    readonly take: TakePart;
  },
): Promise<Manifest> {
  const seen: { manifest?: Manifest; leftBytes: number; parts: Part[] } = {
    leftBytes: 0,
    parts: [],
  };
  const limit = { bytes: MAX_MANIFEST_BYTES + MAX_FRAME_BYTES };

  await readEntries(limited(upload, limit), Number.MAX_SAFE_INTEGER, async (entry) => {
    if (!seen.manifest) {
      seen.manifest = await takeManifest(entry);
      seen.leftBytes = await options.maxBytesOf(seen.manifest);
      limit.bytes += totalOf(seen.manifest).sizeBytes + MAX_FRAME_BYTES;
      return;
    }
    const promised = seen.manifest.parts[seen.parts.length];
    if (!promised || entry.header.name !== fileName(promised) || entry.header.type !== 'file')
      throw refuse(
        'manifest',
        `"${entry.header.name.slice(0, 200)}" is not what its manifest says`,
      );
    const part = await takePart(entry, { promised, maxBytes: seen.leftBytes, take: options.take });
    seen.leftBytes -= part.unpackedBytes;
    seen.parts.push(part);
  });
  if (!seen.manifest) throw refuse('truncated', 'there is nothing in it');
  if (seen.parts.length < seen.manifest.parts.length)
    throw refuse('truncated', 'it ends before its last part');
  return seen.manifest;
}

async function* limited(upload: AsyncIterable<Buffer>, limit: { bytes: number }) {
  let bytes = 0;
  for await (const chunk of upload) {
    bytes += chunk.length;
    if (bytes > limit.bytes) throw refuse('too_large', 'it is longer than its manifest says');
    yield chunk;
  }
}

async function takeManifest(entry: Entry): Promise<Manifest> {
  const { name, size = 0 } = entry.header;
  if (name !== MANIFEST || size > MAX_MANIFEST_BYTES)
    throw refuse('manifest', 'it does not begin with a manifest of spt-flow');
  return readManifest(await text(entry));
}

async function takePart(
  entry: Entry,
  { promised, maxBytes, take }: { promised: Part; maxBytes: number; take: TakePart },
): Promise<Part> {
  const meter = createMeter();
  const gunzip = createGunzip();
  const flow = pipeline(entry, meter.stream, gunzip);
  flow.catch(() => undefined);
  const part = await take(
    { name: promised.name, archive: gunzip },
    { maxBytes, unusual: 'refuse' },
  );
  await flow;
  const { sha256, sizeBytes } = meter.facts();
  if (sha256 !== promised.sha256 || sizeBytes !== promised.sizeBytes)
    throw refuse('checksum', `"${promised.name}" was changed or is damaged`);
  return part;
}
