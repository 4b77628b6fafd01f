import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { auditLog, workspaceSnapshots } from '@spt-flow/db/schema';
import { snapshotRoutes } from '@spt-flow/shared/api/snapshots';
import type { Principal } from '../../src/lib/principal.ts';
import { newDockerStage, type DockerStage } from '../providers/docker-stage.ts';
import { useDatabases, type TestDatabase } from '../support/database.ts';
import { seedTenant, type Tenant } from '../workspaces/seed.ts';
import { MAX_SNAPSHOTS, startSnapshotsStage, type SnapshotsStage } from './snapshots-stage.ts';

const GONE = '00000000-0000-4000-8000-000000000000';

const newDatabase = useDatabases();
let database: TestDatabase;
let containers: DockerStage;
let stage: SnapshotsStage;
let tenant: Tenant;
let client: ReturnType<SnapshotsStage['as']>;

beforeAll(async () => {
  database = await newDatabase();
  containers = await newDockerStage({ routeAgentUpgrade: (_request, socket) => socket.destroy() });
  stage = await startSnapshotsStage(database, { docker: containers.create });
  tenant = await seedTenant(database.db);
  client = stage.as(tenant.principal);
}, 90_000);
afterAll(async () => {
  await stage.close();
  await containers.close();
});

async function newWorkspace(name: string, provider: 'local' | 'docker' = 'local') {
  const id = await stage.machines.create(tenant, { name, provider });
  await stage.machines.workspaces.service.ensureReady(id, { correlationId: 'test' });
  return id;
}

async function kept(): Promise<string[]> {
  const names = await readdir(path.join(stage.dataDirectory, 'snapshots')).catch(() => []);
  return names.sort();
}

async function snapshotsOf(handle: string) {
  return (await client.call(snapshotRoutes.list, { params: { handle } })).items;
}

function snapshot(handle: string, name?: string) {
  return client.call(snapshotRoutes.create, {
    ...{ params: { handle }, body: { ...(name && { name }) } },
  });
}

async function backup(handle: string): Promise<Buffer> {
  const response = await client.send(`/api/v1/workspaces/${handle}/backup`, { method: 'POST' });
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}

describe.each(['local', 'docker'] as const)('a workspace of the provider "%s"', (provider) => {
  it('gets the files of a snapshot back, goes on as a clone, and comes back from a file', async () => {
    const id = await newWorkspace(`all-${provider}`, provider);
    await stage.run(id, 'echo one > file; echo note > ~/note; mkdir -m 500 dir');

    const taken = await snapshot(`all-${provider}`, 'before');
    expect(taken).toMatchObject({ name: 'before', kind: 'manual', workspaceId: id });
    expect(taken.sizeBytes).toBeGreaterThan(0);
    await stage.run(id, 'echo two > file; rm ~/note; touch new');
    const cloned = await client.call(snapshotRoutes.cloneWorkspace, {
      // Also to another place.
      ...{ params: { handle: id }, body: { name: `twin ${provider}`, provider: 'docker' } },
    });
    const file = await backup(id);
    const restored = await client.call(snapshotRoutes.restore, {
      ...{ params: { handle: id }, body: { snapshotId: taken.id } },
    });
    const response = await client.upload(`/api/v1/backups?name=back%20${provider}`, file);
    const uploaded = ((await response.json()) as { data: { id: string; name: string } }).data;

    expect(restored).toMatchObject({ id, actualState: 'running', provider });
    expect(await stage.run(id, 'cat file ~/note; ls; git status --short')).toBe(
      'one\nnote\ndir\nfile\n?? file\n',
    );
    expect([cloned.name, uploaded.name, cloned.provider]).toEqual([
      ...[`twin-${provider}`, `back-${provider}`, 'docker'],
    ]);
    for (const other of [cloned.id, uploaded.id]) {
      await stage.untilRunning(other);
      expect(await stage.run(other, 'cat file; ls -d *; test -e ~/note || echo gone')).toBe(
        'two\ndir\nfile\nnew\ngone\n',
      );
    }
    expect(await kept()).toContain(taken.id);
    expect(await snapshotsOf(id)).toEqual([taken]);
    for (const other of [cloned.id, uploaded.id, id])
      await stage.machines.workspaces.service.remove(tenant.principal, other, 'test');
    for (const other of [cloned.id, uploaded.id, id])
      await stage.machines.untilState(other, 'deleted');
    expect((await client.call(snapshotRoutes.listAll, {})).items).toContainEqual(taken);
    await client.call(snapshotRoutes.remove, { params: { id: taken.id } });
  }, 90_000);
});

describe('a restored workspace that does not start', () => {
  it('has its files from before again, and nothing is left of the others', async () => {
    const id = await newWorkspace('stubborn');
    await stage.run(id, 'echo before > file');
    const taken = await snapshot('stubborn');
    await stage.run(id, 'echo after > file');
    stage.refuseNextStart();

    await expect(
      client.call(snapshotRoutes.restore, {
        ...{ params: { handle: id }, body: { snapshotId: taken.id } },
      }),
    ).rejects.toMatchObject({ code: 'restore_failed' });

    await stage.untilRunning(id);
    expect(await stage.run(id, 'cat file')).toBe('after\n');
    const files = await readdir(path.join(stage.dataDirectory, 'workspaces', id));
    expect(files.sort()).toEqual(['etc', 'home', 'project', 'state']);
  }, 60_000);

  it('is not touched by a snapshot that was damaged on the disk', async () => {
    const id = await newWorkspace('damaged');
    const taken = await snapshot('damaged');
    await stage.run(id, 'echo mine > file');
    const directory = path.join(stage.dataDirectory, 'snapshots', taken.id);
    await writeFile(path.join(directory, 'home.tar.gz'), 'x');

    const damaged = { code: 'backup_invalid', details: { reason: 'checksum' } };
    const restored = client.call(snapshotRoutes.restore, {
      ...{ params: { handle: id }, body: { snapshotId: taken.id } },
    });
    await expect(restored).rejects.toMatchObject(damaged);
    const cloned = client.call(snapshotRoutes.clone, { params: { id: taken.id }, body: {} });
    await expect(cloned).rejects.toMatchObject(damaged);

    expect(await stage.run(id, 'cat file')).toBe('mine\n');
    const download = await client.send(`/api/v1/snapshots/${taken.id}/file`);
    expect(download.status).toBe(422);
  });
});

describe('snapshots over HTTP', () => {
  it('belong to the owner and to admins; of other tenants nobody knows', async () => {
    const id = await newWorkspace('owned');
    const taken = await snapshot('owned', 'mine');
    const foreign = await seedTenant(database.db);
    const colleague: Principal = { ...tenant.principal, userId: foreign.userId };
    const reader: Principal = { ...tenant.principal, scope: 'read' };
    const admin: Principal = { ...colleague, role: 'admin', scope: 'admin' };
    const restored = { snapshotId: taken.id };

    async function answersOf(principal: Principal): Promise<number[]> {
      const { send } = stage.as(principal);
      const json = (body: object) => ({
        method: 'POST',
        body: JSON.stringify(body),
      });
      const requests: [string, RequestInit?][] = [
        [`/api/v1/workspaces/${id}/snapshots`],
        [`/api/v1/workspaces/${id}/snapshots`, json({ name: 'more' })],
        [`/api/v1/workspaces/${id}/backup`, { method: 'POST' }],
        [`/api/v1/workspaces/${id}/restore`, json(restored)],
        [`/api/v1/workspaces/${id}/clone`, json({})],
        [`/api/v1/snapshots/${taken.id}/clone`, json({})],
        [`/api/v1/snapshots/${taken.id}/file`],
        [`/api/v1/snapshots/${taken.id}`, { method: 'DELETE' }],
      ];
      const statuses: number[] = [];
      for (const [url, init] of requests) statuses.push((await send(url, init)).status);
      return statuses;
    }

    expect(await answersOf(foreign.principal)).toEqual([404, 404, 404, 404, 404, 404, 404, 404]);
    expect(await answersOf(colleague)).toEqual([200, 403, 403, 403, 403, 403, 403, 403]);
    expect(await answersOf(reader)).toEqual([200, 403, 403, 403, 403, 403, 403, 403]);
    const file = await stage.as(admin).send(`/api/v1/snapshots/${taken.id}/file`);
    expect(file.headers.get('content-disposition')).toMatch(/filename="owned-.*\.spt-flow\.tar"/);
    expect((await file.arrayBuffer()).byteLength).toBe(Number(file.headers.get('content-length')));
    expect((await client.send(`/api/v1/snapshots/${GONE}/file`)).status).toBe(404);
    expect((await client.send('/api/v1/snapshots/x/file')).status).toBe(400);
    const entries = await database.db.select().from(auditLog).where(eq(auditLog.target, taken.id));
    expect(entries.map(({ action }) => action).toSorted()).toEqual([
      'snapshot.create',
      'snapshot.download',
    ]);
  });

  it('have names and a limit, and are deleted with their files', async () => {
    await newWorkspace('counted');
    const first = await snapshot('counted', 'one');
    await expect(snapshot('counted', 'one')).rejects.toMatchObject({ code: 'name_taken' });
    for (let more = 1; more < MAX_SNAPSHOTS; more += 1) await snapshot('counted', `n${more}`);

    await expect(snapshot('counted', 'one too many')).rejects.toMatchObject({
      code: 'limit_reached',
    });
    await client.call(snapshotRoutes.remove, { params: { id: first.id } });

    expect((await snapshotsOf('counted')).map(({ name }) => name)).toEqual(['n2', 'n1']);
    expect(await kept()).not.toContain(first.id);
    expect((await client.send(`/api/v1/snapshots/${first.id}/file`)).status).toBe(404);
  });

  it('refuse what is no backup, and leave no trace of it', async () => {
    const before = await kept();
    const file = await backup(await newWorkspace('source'));
    const isProject = async () => (await client.send('/api/v1/workspaces/never')).status === 200;

    for (const bytes of [Buffer.from('nothing'), file.subarray(0, file.length - 3_000)]) {
      const response = await client.upload('/api/v1/backups?name=never', bytes);
      expect(response.status).toBe(422);
      expect(await response.json()).toMatchObject({ error: { code: 'backup_invalid' } });
    }
    const json = await client.send('/api/v1/backups', { method: 'POST', body: '{}' });
    expect(json.status).toBe(415);

    expect(await isProject()).toBe(false);
    await vi.waitFor(async () => expect(await kept()).toEqual(before));
  });

  it('are not made of what runs elsewhere, or is being changed', async () => {
    const server = await stage.machines.create(tenant, { name: 'far', provider: 'server' });
    await expect(snapshot('far')).rejects.toMatchObject({ code: 'backup_unsupported' });
    expect(server).toBeTypeOf('string');
    const id = await newWorkspace('moving');
    const [one, two] = await Promise.allSettled([backup(id), backup(id)]);
    expect([one.status, two.status].sort()).toEqual(['fulfilled', 'rejected']);
    await client.send(`/api/v1/workspaces/${id}/stop`, { method: 'POST' });

    await stage.machines.workspaces.service.settled(id);
    expect((await snapshot('moving', 'while it is stopped')).name).toBe('while it is stopped');
  });

  it('that were interrupted or are past their time go when spt-flow starts', async () => {
    const id = await newWorkspace('timed');
    const stays = await snapshot('timed', 'stays');
    const goes = await snapshot('timed', 'goes');
    await database.db
      .update(workspaceSnapshots)
      .set({ expiresAt: new Date(Date.now() - 1_000) })
      .where(eq(workspaceSnapshots.id, goes.id));
    const directory = path.join(stage.dataDirectory, 'snapshots', GONE);
    await writeFile(`${directory}.unfinished`, 'a copy that was cut off');

    await stage.snapshots.service.cleanUp();

    expect((await snapshotsOf(id)).map(({ name }) => name)).toEqual(['stays']);
    const files = await kept();
    expect(files).toContain(stays.id);
    expect(files.filter((name) => name.includes(goes.id) || name.includes(GONE))).toEqual([]);
  });
});
