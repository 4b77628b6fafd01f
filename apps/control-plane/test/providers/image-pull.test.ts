import { randomBytes, randomUUID } from 'node:crypto';
import { pack } from 'tar-stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '@spt-flow/shared/domain/workspace-settings';
import type { PullWatch } from '../../src/features/providers/provider.ts';
import { newDockerStage, type DockerStage } from './docker-stage.ts';
import { digestOf, gzipped, startRegistry, type Registry } from './registry.ts';
import { startSlowProxy, type SlowProxy } from './slow-proxy.ts';

const LAYER_BYTES = 3_000_000;
const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const PLATFORM = { architecture: process.arch === 'x64' ? 'amd64' : process.arch, os: 'linux' };
const OTHER = { architecture: 's390x', os: 'linux' };

let registry: Registry;
let proxy: SlowProxy;
let stage: DockerStage;

beforeAll(async () => {
  registry = await startRegistry();
  proxy = await startSlowProxy(registry.port);
  stage = await newDockerStage({
    routeAgentUpgrade: (_request, socket) => socket.destroy(),
    pullStallMs: 2_000,
  });
});
afterAll(async () => {
  await stage.close();
  await proxy.close();
  await registry.close();
});

/** An image of one layer that can't be compressed. */
async function push(path: string, platform: { architecture: string; os: string }) {
  const archive = pack();
  archive.entry({ name: 'content' }, randomBytes(LAYER_BYTES));
  archive.finalize();
  const content = await buffer(archive);
  const layer = await registry.putBlob(path, await gzipped(content));
  const rootfs = { type: 'layers', diff_ids: [digestOf(content)] };
  const config = Buffer.from(JSON.stringify({ ...platform, config: {}, rootfs }));
  const manifest = {
    ...{ schemaVersion: 2, mediaType: MANIFEST },
    config: {
      mediaType: 'application/vnd.docker.container.image.v1+json',
      ...(await registry.putBlob(path, config)),
    },
    layers: [{ mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip', ...layer }],
  };
  await registry.putManifest({ path, tag: '1' }, manifest);
  return Buffer.from(JSON.stringify(manifest));
}

async function pull(
  name: string,
  { signal, onProgress }: Partial<PullWatch> = {},
): Promise<string[]> {
  const progress: string[] = [];
  await stage.provider.pullImage(name, {
    signal: signal ?? new AbortController().signal,
    onProgress(words) {
      progress.push(words);
      onProgress?.(words);
    },
  });
  return progress;
}

function start(image: string) {
  return stage.provider.start({
    ...{ workspaceId: randomUUID(), projectId: randomUUID(), name: 'orchard' },
    ...{ settings: { ...DEFAULT_SETTINGS, image }, revision: 0, container: null },
    owner: { name: 'Ann', email: 'ann@example.org' },
    join: () => Promise.reject(new Error('nobody joins here')),
  });
}

describe('pulling an image', () => {
  it('tells how far it is', async () => {
    await push('good', PLATFORM);

    const progress = await pull(`${registry.host}/good:1`);

    expect(progress.at(-1)).toMatch(/^(unpacking, )?\d+\.\d of 3\.0 MB$/);
    await stage.engine.getImage(`${registry.host}/good:1`).remove();
  });

  it('that stands still is given up, and goes on when it is asked for again', async () => {
    await push('slow', PLATFORM);
    const name = `localhost:${proxy.port}/slow:1`;
    proxy.letThrough(LAYER_BYTES / 2);

    await expect(pull(name)).rejects.toMatchObject({
      code: 'image_pull_stalled',
      message: expect.stringContaining(name),
    });

    proxy.letThrough(Number.POSITIVE_INFINITY);
    await pull(name);
    await stage.engine.getImage(name).remove();
  });

  it('ends when nobody wants it any more', async () => {
    await push('unwanted', PLATFORM);
    proxy.letThrough(LAYER_BYTES / 2);
    const reason = new Error('cancelled');
    const controller = new AbortController();

    await expect(
      pull(`localhost:${proxy.port}/unwanted:1`, {
        signal: controller.signal,
        onProgress: () => controller.abort(reason),
      }),
    ).rejects.toBe(reason);
    proxy.letThrough(Number.POSITIVE_INFINITY);
  });

  it('for another processor says so, whichever way the registry does', async () => {
    const manifest = await push('foreign', OTHER);
    const list = 'application/vnd.docker.distribution.manifest.list.v2+json';
    await registry.putManifest(
      { path: 'foreign', tag: 'list' },
      {
        ...{ schemaVersion: 2, mediaType: list },
        manifests: [
          {
            mediaType: MANIFEST,
            size: manifest.length,
            digest: digestOf(manifest),
            platform: OTHER,
          },
        ],
      },
    );

    const wrong = { code: 'image_wrong_platform' };
    await expect(pull(`${registry.host}/foreign:list`)).rejects.toMatchObject(wrong);
    // Some engines take one that is offered without a choice: then its start is refused.
    await expect(start(`${registry.host}/foreign:1`)).rejects.toMatchObject(wrong);
  });
});
