import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ReleaseError } from '@spt-flow/releases/release-error';
import { blobPath, type ReleaseTarget } from '@spt-flow/releases/release-target';
import { ignoring } from '../system/errors.ts';
import type { UpdatePlaces } from './update-places.ts';
import type { UpdateSource } from './update-source.ts';

/** Of what no program needs even with all that is built into it. */
const MAX_PROGRAM_BYTES = 512 * 1024 * 1024;
/** What must stay free for what else the machine does. */
const RESERVE_BYTES = 64 * 1024 * 1024;

/** fetchProgram answers a file that is what was signed, byte for byte; what came of it before is not fetched again. */
export async function fetchProgram(
  source: UpdateSource,
  target: ReleaseTarget,
  places: UpdatePlaces,
): Promise<string> {
  if (target.lengthBytes > MAX_PROGRAM_BYTES)
    throw new ReleaseError('too_large', `A program of ${target.lengthBytes} bytes is not taken`);
  const file = join(places.parts, target.sha256);
  await mkdir(places.parts, { recursive: true, mode: 0o700 });
  await removeOthers(places.parts, target.sha256);
  await fetchRest(source, target, file);
  if ((await hashOf(file)) === target.sha256) return file;
  await rm(file, { force: true });
  throw new ReleaseError('damaged', `${target.path} is not what was signed`);
}

async function fetchRest(source: UpdateSource, target: ReleaseTarget, file: string): Promise<void> {
  let offset = await keptBytes(file, target.lengthBytes);
  await assertSpace(file, target.lengthBytes - offset);
  const handle = await open(file, 'a', 0o600);
  try {
    while (offset < target.lengthBytes) {
      const range = { offset, maxBytes: target.lengthBytes - offset };
      const part = await source.ask(blobPath(target), range);
      assertSize(part.sizeBytes, target);
      if (part.lengthBytes === 0) throw new ReleaseError('interrupted', 'Nothing more is sent');
      for await (const bytes of part.bytes) await handle.appendFile(bytes);
      offset += part.lengthBytes;
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function assertSize(sizeBytes: number | null, { path, lengthBytes }: ReleaseTarget): void {
  if (sizeBytes === null) throw new ReleaseError('missing', `The control plane has no ${path}`);
  if (sizeBytes > lengthBytes)
    throw new ReleaseError(
      'too_large',
      `${path} has ${sizeBytes} bytes in place of ${lengthBytes}`,
    );
  if (sizeBytes < lengthBytes)
    throw new ReleaseError('damaged', `${path} has ${sizeBytes} bytes in place of ${lengthBytes}`);
}

/** One that is longer than the whole is somebody else's. */
async function keptBytes(file: string, lengthBytes: number): Promise<number> {
  const size = (await ignoring(['ENOENT'], () => stat(file)))?.size ?? 0;
  if (size <= lengthBytes) return size;
  await rm(file);
  return 0;
}

async function removeOthers(folder: string, kept: string): Promise<void> {
  const others = (await readdir(folder)).filter((name) => name !== kept);
  await Promise.all(others.map((name) => rm(join(folder, name), { force: true })));
}

async function assertSpace(file: string, neededBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(join(file, '..'));
  if (bavail * bsize >= neededBytes + RESERVE_BYTES) return;
  throw new ReleaseError('no_space', `The disk has no ${neededBytes} bytes for the new version`);
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
