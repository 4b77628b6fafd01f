import { expect, it } from 'vitest';
import { createDockerEngine } from './docker-engine.ts';

const engine = createDockerEngine({
  searchPath: '/nonexistent',
  host: undefined,
  installationId: 'one',
  pullImage: () => Promise.reject(new Error('nothing is fetched')),
});
const { signal } = new AbortController();

it('a machine without the command has built nothing', async () => {
  expect(await engine.listBuilt(signal)).toEqual([]);
});

it('a devcontainer says that it needs the command', async () => {
  const work = { signal, onLine: () => undefined, onProgress: () => undefined };

  await expect(engine.obtain('node:22', work)).rejects.toThrow('need the command "docker"');
});
