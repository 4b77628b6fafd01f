import { createReadStream, createWriteStream } from 'node:fs';
import path from 'node:path';
import { Writable, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGunzip, createGzip } from 'node:zlib';
import { createMeter } from '../lib/byte-meter.ts';
import { BackupError } from './backup-error.ts';
import type { Part } from './manifest.ts';

/** writePart compresses what comes into a file that only this account reads. */
export async function writePart(
  folder: string,
  file: string,
  { source, signal }: { source: Readable; signal: AbortSignal },
): Promise<Part> {
  const unpacked = createMeter();
  const packed = createMeter();
  await pipeline(
    source,
    unpacked.stream,
    createGzip({ level: constants.Z_BEST_SPEED }),
    packed.stream,
    createWriteStream(path.join(folder, file), { flags: 'wx', mode: 0o600, flush: true }),
    { signal },
  );
  return { file, ...packed.facts(), unpackedBytes: unpacked.facts().sizeBytes };
}

/** readPart unpacks one again. */
export function readPart(folder: string, file: string): Readable {
  const unpacked = createGunzip();
  pipeline(createReadStream(path.join(folder, file)), unpacked).catch((error: unknown) =>
    unpacked.destroy(error instanceof Error ? error : undefined),
  );
  return unpacked;
}

/** checkPart throws BackupError at a file that is missing, cut off or changed. */
export async function checkPart(folder: string, part: Part): Promise<void> {
  const meter = createMeter();
  try {
    await pipeline(createReadStream(path.join(folder, part.file)), meter.stream, nowhere());
  } catch (cause) {
    throw new BackupError(
      `"${part.file}" of the backup can't be read (${String(cause)}): use another backup`,
      { cause },
    );
  }
  const { sizeBytes, sha256 } = meter.facts();
  if (sizeBytes !== part.sizeBytes || sha256 !== part.sha256)
    throw new BackupError(`"${part.file}" of the backup is damaged: use another backup`);
}

function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}
