import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { vi } from 'vitest';
import { ensureS3Server } from '../../../../scripts/lib/s3-server.mjs';
import type { BucketSettings } from '../../src/features/snapshots/s3/bucket.ts';
import { freePort } from './ports.ts';

/** It is compiled the first time. */
export const S3_TIMEOUT_MS = 900_000;

const KEY = { accessKeyId: 'spt-flow-test', secretAccessKey: 'the-secret-of-the-bucket' };
const BUCKET = 'snapshots';

export type RealS3 = Awaited<ReturnType<typeof startS3>>;

/** startS3 runs a server that speaks S3 with one bucket, whose objects are files: `at` says where. */
export async function startS3(at?: string) {
  const program = await ensureS3Server();
  const root = await mkdtemp(path.join(tmpdir(), 'spt-flow-s3-'));
  const buckets = at ?? path.join(root, 'buckets');
  const facts = path.join(root, 'facts');
  await mkdir(path.join(buckets, BUCKET), { recursive: true });
  await mkdir(facts);
  const address = `127.0.0.1:${await freePort()}`;
  let child: ChildProcess | undefined;

  async function start(): Promise<void> {
    const env = {
      ...{ S3_ACCESS_KEY_ID: KEY.accessKeyId, S3_SECRET_ACCESS_KEY: KEY.secretAccessKey },
    };
    child = spawn(program, [address, buckets, facts], { env, stdio: 'ignore' });
    await vi.waitFor(() => fetch(`http://${address}/`), { timeout: 20_000 });
  }

  async function kill(): Promise<void> {
    if (!child) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    child = undefined;
  }

  await start();
  const settings: BucketSettings = {
    ...{ name: BUCKET, endpoint: `http://${address}`, region: 'us-east-1', isPathStyle: true },
    ...{ encryption: undefined, kmsKey: undefined, key: KEY },
  };
  return {
    ...{ settings, start, kill },
    directory: path.join(buckets, BUCKET),
    async close() {
      await kill();
      await rm(root, { recursive: true });
    },
  };
}
