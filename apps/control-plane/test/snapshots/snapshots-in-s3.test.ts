import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { workspaces, workspaceSnapshots } from '@spt-flow/db/schema';
import { snapshotRoutes } from '@spt-flow/shared/api/snapshots';
import { useDatabases, type TestDatabase } from '../support/database.ts';
import { S3_TIMEOUT_MS, startS3, type RealS3 } from '../support/s3.ts';
import { seedTenant, type Tenant } from '../workspaces/seed.ts';
import { startSnapshotsStage, type SnapshotsStage } from './snapshots-stage.ts';

const GONE = '00000000-0000-4000-8000-000000000000';
const DAY_MS = 24 * 3_600_000;

const newDatabase = useDatabases();
let database: TestDatabase;
let s3: RealS3;
let stage: SnapshotsStage;
let tenant: Tenant;
let client: ReturnType<SnapshotsStage['as']>;

beforeAll(async () => {
  s3 = await startS3();
  database = await newDatabase();
  stage = await startSnapshotsStage(database, { bucket: { ...s3.settings, prefix: 'a/b' } });
  tenant = await seedTenant(database.db);
  client = stage.as(tenant.principal);
}, S3_TIMEOUT_MS);
afterAll(async () => {
  await stage.close();
  await s3.close();
});

async function newWorkspace(name: string): Promise<string> {
  const id = await stage.machines.create(tenant, { name, provider: 'local' });
  await stage.machines.workspaces.service.ensureReady(id, { correlationId: 'test' });
  return id;
}

function snapshot(handle: string, name?: string) {
  return client.call(snapshotRoutes.create, {
    ...{ params: { handle }, body: { ...(name !== undefined && { name }) } },
  });
}

function restore(handle: string, snapshotId: string) {
  return client.call(snapshotRoutes.restore, { params: { handle }, body: { snapshotId } });
}

function callOf({ principal }: Tenant) {
  return { principal, correlationId: 'test' };
}

/** Keys of all objects. */
async function objects(): Promise<string[]> {
  const entries = await readdir(s3.directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files
    .map(({ parentPath, name }) => path.relative(s3.directory, path.join(parentPath, name)))
    .sort();
}

/** Of snapshots, finished or not, in the data directory. */
function onDisk(): Promise<string[]> {
  return readdir(path.join(stage.dataDirectory, 'snapshots'));
}

function keyOf(id: string): string {
  return `a/b/${stage.installationId}/${tenant.principal.organizationId}/${id}.spt-flow.tar`;
}

it('a snapshot lies in the bucket alone, and comes back from there', async () => {
  const id = await newWorkspace('far');
  await stage.run(id, 'echo one > file; echo note > ~/note');
  const taken = await snapshot('far', 'before');
  await stage.run(id, 'echo two > file; rm ~/note');

  expect(taken).toMatchObject({ name: 'before', storage: 's3' });
  expect([await objects(), await onDisk()]).toEqual([[keyOf(taken.id)], []]);
  const download = await client.send(`/api/v1/snapshots/${taken.id}/file`);
  const file = Buffer.from(await download.arrayBuffer());
  expect(Number(download.headers.get('content-length'))).toBe(file.length);
  const uploaded = await client.upload('/api/v1/backups?name=far-again', file);
  const cloned = await client.call(snapshotRoutes.clone, {
    ...{ params: { id: taken.id }, body: { name: 'far twin' } },
  });
  await restore('far', taken.id);

  const { data } = (await uploaded.json()) as { data: { id: string } };
  for (const each of [id, cloned.id, data.id]) {
    await stage.untilRunning(each);
    expect(await stage.run(each, 'cat file ~/note')).toBe('one\nnote\n');
  }
  expect(await onDisk()).toEqual([]);
  await client.call(snapshotRoutes.remove, { params: { id: taken.id } });
  expect(await objects()).toEqual([]);
}, 90_000);

it('those from before the bucket stay where they are, and those in it wait until it is there again', async () => {
  const id = await newWorkspace('between');
  const without = stage.serviceIn(null);
  const old = await without.create(callOf(tenant), id, 'old');
  const young = await snapshot('between', 'young');
  await stage.run(id, 'touch later');

  expect([old.storage, young.storage]).toEqual(['disk', 's3']);
  const refused = { code: 'snapshot_storage_failed', details: { reason: 'not_configured' } };
  await expect(without.restore(callOf(tenant), id, young.id)).rejects.toMatchObject(refused);
  await expect(without.remove(callOf(tenant), young.id)).rejects.toMatchObject(refused);
  await without.cleanUp();
  await restore('between', old.id);
  expect(await stage.run(id, 'ls')).toBe('');
  for (const { id: each } of [old, young])
    await client.call(snapshotRoutes.remove, { params: { id: each } });
  expect([await objects(), await onDisk()]).toEqual([[], []]);
}, 60_000);

it('a workspace is not touched by an object that was changed, or while the server is away', async () => {
  const id = await newWorkspace('careful');
  const taken = await snapshot('careful');
  await stage.run(id, 'echo mine > file');
  await writeFile(path.join(s3.directory, keyOf(taken.id)), Buffer.alloc(4_096, 'x'));

  await expect(restore('careful', taken.id)).rejects.toMatchObject({ code: 'backup_invalid' });
  await s3.kill();
  const away = { code: 'snapshot_storage_failed', details: { reason: 'unreachable' } };
  await Promise.all([
    expect(restore('careful', taken.id)).rejects.toMatchObject(away),
    expect(snapshot('careful', 'never')).rejects.toMatchObject(away),
    expect(client.call(snapshotRoutes.remove, { params: { id: taken.id } })).rejects.toMatchObject(
      away,
    ),
  ]);
  await s3.start();

  expect(await stage.run(id, 'cat file')).toBe('mine\n');
  expect(await onDisk()).toEqual([]);
  const { items } = await client.call(snapshotRoutes.list, { params: { handle: id } });
  expect(items).toEqual([taken]);
  await client.call(snapshotRoutes.remove, { params: { id: taken.id } });
}, 90_000);

it('automatic ones are made of what may have changed since the last, and the newest are kept', async () => {
  const id = await newWorkspace('daily');
  const aDayAgo = sql`now() - interval '25 hours'`;
  const age = () =>
    database.db
      .update(workspaceSnapshots)
      .set({
        name: sql`${workspaceSnapshots.id}::text`,
        createdAt: sql`${workspaceSnapshots.createdAt} - interval '25 hours'`,
      })
      .where(eq(workspaceSnapshots.workspaceId, id));
  const made = async () =>
    (await client.call(snapshotRoutes.list, { params: { handle: id } })).items;
  const { makeAutomatic } = stage.snapshots;

  await makeAutomatic();
  expect(await made()).toEqual([]);
  await database.db.update(workspaces).set({ createdAt: aDayAgo }).where(eq(workspaces.id, id));
  await makeAutomatic();
  await makeAutomatic();
  const [first] = await made();
  expect(first).toMatchObject({ kind: 'automatic', storage: 's3', expiresAt: null });
  await age();
  await makeAutomatic();
  await age();
  await client.send(`/api/v1/workspaces/${id}/stop`, { method: 'POST' });
  await stage.machines.untilState(id, 'stopped');
  await stage.machines.workspaces.service.settled(id);
  await makeAutomatic();
  const two = await made();
  expect(two).toHaveLength(2);
  expect(two).not.toContainEqual(expect.objectContaining({ id: first?.id }));
  expect(
    (await objects()).filter((key) => two.some((each) => key === keyOf(each.id))),
  ).toHaveLength(2);

  // It is as its last one is.
  await age();
  await database.db
    .update(workspaces)
    .set({ stateSince: sql`now() - interval '3 days'` })
    .where(eq(workspaces.id, id));
  await makeAutomatic();
  expect((await made()).map((each) => each.id)).toEqual(two.map((each) => each.id));
  for (const each of two) await client.call(snapshotRoutes.remove, { params: { id: each.id } });
}, 60_000);

it('what is past its time goes, and what no row tells of after a week, of this installation alone', async () => {
  await newWorkspace('timed');
  const stays = await snapshot('timed', 'stays');
  const goes = await snapshot('timed', 'goes');
  await database.db
    .update(workspaceSnapshots)
    .set({ expiresAt: new Date(Date.now() - 1_000) })
    .where(eq(workspaceSnapshots.id, goes.id));
  const foreign = `a/b/${GONE}/${GONE}/${GONE}.spt-flow.tar`;
  const unknown = [keyOf(GONE), keyOf(GONE.replace('4', '5')), foreign];
  for (const key of [...unknown, keyOf(stays.id)]) {
    const file = path.join(s3.directory, key);
    await mkdir(path.dirname(file), { recursive: true });
    if (key !== keyOf(stays.id)) await writeFile(file, 'x');
    if (key === keyOf(GONE.replace('4', '5'))) continue;
    const old = new Date(Date.now() - 8 * DAY_MS);
    await utimes(file, old, old);
  }

  await stage.snapshots.service.cleanUp();

  expect(await objects()).toEqual([keyOf(stays.id), keyOf(GONE.replace('4', '5')), foreign].sort());
  expect(stage.machines.errors).toEqual([]);
}, 60_000);
