import { randomUUID } from 'node:crypto';
import { open, stat, truncate } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startEngine, type OwnEngine } from '../../../../scripts/lib/container-engine.mjs';
import { createSmallDisk, type SmallDisk } from '../support/small-disk.ts';
import { newDevcontainerStage, type DevcontainerStage, type Files } from './devcontainer-stage.ts';

/** The base image, the agent, and little besides. */
const DISK_MEBIBYTES = 768;
/** Enough for a container, and not for what is built. */
const SPARE_BYTES = 6 * 1024 * 1024;
const CHUNK = Buffer.alloc(1024 * 1024);

let disk: SmallDisk;
let engine: OwnEngine;
let stage: DevcontainerStage;

beforeAll(async () => {
  disk = await createSmallDisk(DISK_MEBIBYTES);
  engine = await startEngine({ isApart: true, dataRoot: disk.path });
  stage = await newDevcontainerStage({ socket: engine.socket });
}, 180_000);
afterAll(async () => {
  await stage.close();
  await engine.stop();
  await disk.close();
});

/** Takes all the room that there is, and returns what gives some of it back, or all. */
async function fill(): Promise<(bytes?: number) => Promise<void>> {
  const file = path.join(disk.path, 'filler');
  const filler = await open(file, 'w');
  const write = async (bytes: Buffer) => {
    for (;;) if ((await filler.write(bytes)).bytesWritten < bytes.length) return;
  };
  for (const bytes of [CHUNK, CHUNK.subarray(0, 4096), CHUNK.subarray(0, 1)])
    await write(bytes).catch((error: unknown) => expect(error).toMatchObject({ code: 'ENOSPC' }));
  await filler.close();
  return async (bytes = Infinity) => {
    await truncate(file, Math.max(0, (await stat(file)).size - bytes));
  };
}

function files(): Files {
  const dockerfile = `FROM ${stage.docker.image}\nUSER root\nRUN head -c 9000000 /dev/zero > /${randomUUID()}\n`;
  return {
    '.devcontainer/devcontainer.json': JSON.stringify({ build: { dockerfile: 'Dockerfile' } }),
    '.devcontainer/Dockerfile': dockerfile,
  };
}

it('an engine without room says so, what is safe and what to do; nothing half-made stays, and it works again', async () => {
  const { service } = stage.workspaces;
  const working = await stage.running({ kept: 'mine' });
  await stage.write(working, files());
  const makeRoom = await fill();

  const refused = await stage.create({});
  await service.settled(refused);
  await expect(stage.ready(refused)).rejects.toMatchObject({ code: 'engine_disk_full' });
  const { failure } = await service.get(stage.tenant.principal, refused);
  expect(failure).toMatch(/no room.*are safe.*docker image prune/is);
  await expect(stage.docker.container(refused).inspect()).rejects.toThrow('no such container');

  await expect(stage.sh(working, 'head -c 100000 /dev/zero > more')).rejects.toThrow(
    'No space left',
  );
  expect(await stage.sh(working, 'cat kept')).toBe('mine');

  await makeRoom(SPARE_BYTES);
  await stage.rebuild(working);
  await stage.ready(working);
  expect((await stage.devcontainer(working)).problem).toMatchObject({
    code: 'engine_disk_full',
    message: expect.stringMatching(/image of the devcontainer.*are safe/s),
  });
  expect(await stage.sh(working, 'cat kept')).toBe('mine');

  await makeRoom();
  await service.start(stage.tenant.principal, refused, 'test');
  await stage.ready(refused);
  expect(await stage.sh(refused, 'echo works')).toBe('works');
  await stage.rebuild(working);
  await stage.ready(working);
  expect(await stage.devcontainer(working)).toMatchObject({ problem: null });
  expect(await stage.sh(working, 'cat kept')).toBe('mine');
  expect(await stage.leftovers()).toEqual([]);
}, 120_000);
