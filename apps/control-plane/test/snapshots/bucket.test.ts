import { createHash, randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { inspect } from 'node:util';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createBucket, type BucketSettings } from '../../src/features/snapshots/s3/bucket.ts';
import { createSmallDisk } from '../support/small-disk.ts';
import { S3_TIMEOUT_MS, startS3, type RealS3 } from '../support/s3.ts';

const MIB = 1024 ** 2;
const BLOCK = randomBytes(MIB);

let s3: RealS3;
beforeAll(async () => {
  s3 = await startS3();
}, S3_TIMEOUT_MS);
afterAll(() => s3.close());

/** As many MiB, with something that is done once half of them are read. */
async function* blocks(count: number, halfway?: () => Promise<void>): AsyncGenerator<Buffer> {
  for (let at = 0; at < count; at += 1) {
    if (at === count / 2) await halfway?.();
    yield BLOCK;
  }
}

function fileOf(count: number, halfway?: () => Promise<void>) {
  return { stream: Readable.from(blocks(count, halfway)), sizeBytes: count * MIB };
}

function sumOf(count: number): string {
  const hash = createHash('sha256');
  for (let at = 0; at < count; at += 1) hash.update(BLOCK);
  return hash.digest('hex');
}

/** Objects, and what is left of those that were not finished. */
async function leftovers(): Promise<string[]> {
  const names = await readdir(s3.directory, { recursive: true, withFileTypes: true });
  return names.filter((entry) => entry.isFile()).map(({ name }) => name);
}

it('goes on where it was when the server is killed while a file is sent, and while it is fetched', async () => {
  const bucket = createBucket(s3.settings);
  const restart = async () => {
    await s3.kill();
    await s3.start();
  };

  await bucket.put('a/file', fileOf(40, restart));
  const { stream, sizeBytes } = await bucket.get('a/file');
  const hash = createHash('sha256');
  let at = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    if (at === 0) await restart();
    at += chunk.length;
    hash.update(chunk);
  }

  expect([at, sizeBytes]).toEqual([40 * MIB, 40 * MIB]);
  expect(hash.digest('hex')).toBe(sumOf(40));
  expect((await bucket.list('a/')).map(({ key }) => key)).toEqual(['a/file']);
  await bucket.remove('a/file');
  expect(await bucket.list('')).toEqual([]);
}, 60_000);

it('keeps nothing of a file that did not come to its end', async () => {
  const bucket = createBucket(s3.settings);
  const breaks = () => Promise.reject(new Error('the disk is broken'));

  await expect(bucket.put('b/broken', fileOf(40, breaks))).rejects.toThrow('the disk is broken');
  await expect(bucket.put('b/short', { ...fileOf(20), sizeBytes: 40 * MIB })).rejects.toMatchObject(
    {
      details: { reason: 'failed' },
    },
  );
  expect(await leftovers()).toEqual([]);

  const dies = async () => {
    await vi.waitFor(async () => expect(await leftovers()).not.toEqual([]), { timeout: 20_000 });
    await s3.kill();
  };
  await expect(bucket.put('b/gone', fileOf(40, dies))).rejects.toMatchObject({
    ...{ code: 'snapshot_storage_failed', details: { reason: 'unreachable' } },
  });
  await s3.start();
  expect(await bucket.list('')).toEqual([]);
  expect(await leftovers()).not.toEqual([]);
  await bucket.abandonUploads('b/', new Date(Date.now() - 3_600_000));
  expect(await leftovers()).not.toEqual([]);
  await bucket.abandonUploads('b/', new Date(Date.now() + 3_600_000));
  expect(await leftovers()).toEqual([]);
}, 90_000);

it.each<[string, Partial<BucketSettings>]>([
  ['bucket_missing', { name: 'elsewhere' }],
  ['region', { region: 'eu-west-1' }],
  ['credentials', { key: { accessKeyId: 'spt-flow-test', secretAccessKey: 'a-wrong-secret' } }],
  ['credentials', { key: { accessKeyId: 'nobody', secretAccessKey: 'a-wrong-secret' } }],
  ['missing', {}],
])('says that it is "%s", and nothing of the keys', async (reason, change) => {
  const bucket = createBucket({ ...s3.settings, ...change });

  const failure: unknown = await bucket.get('c/none').catch((error: unknown) => error);

  expect(failure).toMatchObject({ code: 'snapshot_storage_failed', details: { reason } });
  expect(inspect(failure, { depth: 9, showHidden: true })).not.toMatch(/secret-of|wrong-secret/);
});

it('says that the bucket is full', async () => {
  const disk = await createSmallDisk(16);
  const small = await startS3(disk.path);
  try {
    await expect(createBucket(small.settings).put('d/file', fileOf(40))).rejects.toMatchObject({
      details: { reason: 'full' },
    });
  } finally {
    await small.close();
    await disk.close();
  }
}, 60_000);
