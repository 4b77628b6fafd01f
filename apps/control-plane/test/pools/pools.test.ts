import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { eq, sql } from 'drizzle-orm';
import { openDatabase, type DatabaseConnection } from '@spt-flow/db/client';
import { poolMembers, projects, workspaces } from '@spt-flow/db/schema';
import { poolRoutes } from '@spt-flow/shared/api/pools';
import { projectRoutes } from '@spt-flow/shared/api/projects';
import { templateRoutes } from '@spt-flow/shared/api/templates';
import { workspaceRoutes } from '@spt-flow/shared/api/workspaces';
import { createDeferred } from '@spt-flow/tunnel/deferred';
import type { Principal } from '../../src/lib/principal.ts';
import { useDatabases, type TestDatabase } from '../support/database.ts';
import { startTemplatesStage, type TemplatesStage } from '../templates/templates-stage.ts';
import { newDockerStage, type DockerStage } from '../providers/docker-stage.ts';
import { seedTenant } from '../workspaces/seed.ts';

const MAX_RUNNING = 5;
const DEFINITION = {
  name: 'team',
  displayName: 'Team',
  settings: { environment: { GREETING: '${greeting}' } },
  parameters: [
    { name: 'greeting', type: 'string', default: 'hello' },
    { name: 'size', type: 'string', default: 'chat' },
  ],
};

const newDatabase = useDatabases();
let database: TestDatabase;
/** The control plane's own, so that it can be cut off from the database like a killed one. */
let connection: DatabaseConnection;
let containers: DockerStage;
let stage: TemplatesStage;
let admin: Principal;
let api: ReturnType<TemplatesStage['as']>;

beforeAll(async () => {
  containers = await newDockerStage({ routeAgentUpgrade: (_request, socket) => socket.destroy() });
});
beforeEach(async () => {
  database = await newDatabase();
  connection = openDatabase(database.target);
  stage = await startTemplatesStage(connection, {
    docker: containers.create,
    maxRunningPerUser: MAX_RUNNING,
  });
  const { principal } = await seedTenant(database.db);
  admin = { ...principal, role: 'admin', scope: 'admin' };
  api = stage.as(admin);
});
afterEach(async () => {
  await stage.close();
  await connection.close();
});
afterAll(() => containers.close());

function push(definition: object = {}) {
  const files = [
    { path: 'spt-flow-template.json', text: JSON.stringify({ ...DEFINITION, ...definition }) },
    { path: 'start.sh', text: 'echo started >> starts' },
  ];
  return api(templateRoutes.push, { body: { source: { kind: 'files', files }, promote: true } });
}

const params = { handle: 'team' };
async function members() {
  return database.db.select().from(poolMembers);
}

/** Keeps so many ready, and waits until they are. */
async function keep(size: number): Promise<string[]> {
  await api(poolRoutes.set, { params, body: { size } });
  await untilReady(size);
  return (await members()).map(({ workspaceId }) => workspaceId);
}

function untilReady(size: number): Promise<void> {
  return vi.waitFor(
    async () => {
      await stage.pools.tend();
      const { ready, starting } = await api(poolRoutes.get, { params });
      expect({ ready, starting }).toEqual({ ready: size, starting: 0 });
    },
    { timeout: 60_000, interval: 50 },
  );
}

async function create(name: string, template: object = {}) {
  const body = { name, template: { name: 'team', ...template } };
  const { project } = await api(projectRoutes.create, { body });
  if (!project?.workspace) throw new Error('nothing was created');
  return { project, id: project.workspace.id };
}

async function shell(id: string, command: string): Promise<string> {
  const body = { command, timeoutSeconds: 20 };
  return (await api(workspaceRoutes.exec, { params: { handle: id }, body })).stdout;
}

async function stepsOf(id: string) {
  const { items } = await api(workspaceRoutes.timeline, { params: { handle: id }, query: {} });
  return items[0]?.steps.map(({ name }) => name);
}

describe.each(['local', 'docker'] as const)('a workspace that is kept ready (%s)', (provider) => {
  it('is nobody’s until it is claimed, and then its owner’s without a restart', async () => {
    await push({ provider });
    const [ready = ''] = await keep(1);
    expect((await api(workspaceRoutes.list, { query: {} })).items).toEqual([]);
    expect((await api(projectRoutes.list, { query: {} })).items).toEqual([]);
    await expect(api(workspaceRoutes.get, { params: { handle: ready } })).rejects.toMatchObject({
      code: 'not_found',
    });

    const { project, id } = await create('Orchard', { values: { greeting: 'good evening' } });
    await stage.machines.untilState(id, 'running');

    expect(id).toBe(ready);
    expect(project).toMatchObject({ name: 'Orchard', slug: 'orchard' });
    expect(await stepsOf(id)).toEqual([
      'Take one that was kept ready',
      'Prepare the project',
      'Run the start script',
      'Check that it answers',
    ]);
    const seen = await shell(id, 'git config user.name; echo $GREETING; wc -l < starts');
    expect(seen).toBe(`${admin.userName}\ngood evening\n1\n`);
    await api(workspaceRoutes.stop, { params: { handle: id } });
    await stage.machines.untilState(id, 'stopped');
    await api(workspaceRoutes.start, { params: { handle: id } });
    await stage.machines.untilState(id, 'running');
    expect(await shell(id, 'echo $GREETING')).toBe('good evening\n');
    const { template, ownerId, name } = await api(workspaceRoutes.get, { params: { handle: id } });
    expect({ ownerId, name }).toEqual({ ownerId: admin.userId, name: 'orchard' });
    expect(template).toMatchObject({ name: 'team', version: 1 });
    await untilReady(1);
    expect((await members()).map(({ workspaceId }) => workspaceId)).not.toContain(id);
  });
});

it('goes to exactly one of many who ask at once, within the limits of whoever claims it, and others get one that is made', async () => {
  await push();
  const ready = await keep(2);

  const created = await Promise.all(
    Array.from({ length: MAX_RUNNING }, (_, index) => create(`Garden ${index}`)),
  );

  const ids = created.map(({ id }) => id);
  expect(new Set(ids).size).toBe(MAX_RUNNING);
  expect(ids.filter((id) => ready.includes(id))).toHaveLength(2);
  for (const id of ids) await stage.machines.untilState(id, 'running');
  const [claimed = ''] = ids.filter((id) => ready.includes(id));
  expect(await stepsOf(claimed)).toEqual(['Take one that was kept ready', 'Check that it answers']);
  await untilReady(2);
  const waiting = await members();
  await expect(create('One too many')).rejects.toMatchObject({ code: 'limit_reached' });
  expect(await members()).toEqual(waiting);
});

it('is waited for where its heartbeat is just being written', async () => {
  await push();
  const [ready = ''] = await keep(1);
  const held = createDeferred<undefined>();
  const written = createDeferred<undefined>();
  const heartbeat = database.db.transaction(async (tx) => {
    await tx.select().from(workspaces).where(eq(workspaces.id, ready)).for('update');
    held.resolve(undefined);
    await written.promise;
  });
  await held.promise;

  const created = create('Garden');
  await vi.waitFor(async () => {
    const { rows } = await database.db.execute(
      sql`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    expect(rows).toHaveLength(1);
  });
  written.resolve(undefined);
  await heartbeat;

  expect(await created).toMatchObject({ id: ready });
});

it('is left alone by whoever needs another machine, another organization, or only one start', async () => {
  await push({
    settings: { size: '${size}' },
    parameters: [
      { name: 'size', type: 'string', default: 'chat' },
      { name: 'debug', type: 'string', default: 'no', ephemeral: true },
    ],
  });
  const ready = await keep(1);
  const stranger = await seedTenant(database.db);
  const { blueprint } = await stage.chooseTemplate(admin.organizationId, { name: 'team' });

  const larger = await create('Larger', { values: { size: 'devenv' } });
  const once = await create('Once', { values: { debug: 'yes' } });
  const claimed = await database.db.transaction((tx) =>
    stage.pools.claim(
      {
        organizationId: stranger.organizationId,
        ...{ blueprint, provider: undefined, repositoryUrl: null },
      },
      tx,
    ),
  );

  expect(ready).not.toContain(larger.id);
  expect(ready).not.toContain(once.id);
  expect(claimed).toBeUndefined();
});

it('is there for the next one when the control plane is killed in mid-claim', async () => {
  await push();
  const [ready] = await keep(1);
  const { blueprint } = await stage.chooseTemplate(admin.organizationId, { name: 'team' });
  const { organizationId } = admin;
  const request = { organizationId, blueprint, provider: undefined, repositoryUrl: null };

  const killed = database.db.transaction(async (tx) => {
    expect(await stage.pools.claim(request, tx)).toMatchObject({ workspaceId: ready });
    await tx.execute(sql`select pg_terminate_backend(pg_backend_pid())`);
  });
  await expect(killed).rejects.toThrow();

  expect((await create('Orchard')).id).toBe(ready);
});

it('starts like any other for its owner when the control plane is killed right after the claim', async () => {
  await push();
  const [ready] = await keep(1);
  const { blueprint } = await stage.chooseTemplate(admin.organizationId, { name: 'team' });
  const { workspaceId } = await stage.projects.store(admin, { name: 'Orchard', blueprint }, 'c');
  expect(workspaceId).toBe(ready);
  await connection.close();
  await stage.abandon();

  connection = openDatabase(database.target);
  stage = await startTemplatesStage(connection, { after: stage.place });
  api = stage.as(admin);

  // Its agent comes back once its last connection has been silent for long enough: its host has another name now.
  await vi.waitFor(async () => expect(await stepsOf(workspaceId)).toContain('Connect to it'), {
    timeout: 60_000,
  });
  const { ownerId, desiredState } = await stage.machines.row(workspaceId);
  expect({ ownerId, desiredState }).toEqual({ ownerId: admin.userId, desiredState: 'running' });
  expect(await members()).toEqual([]);
}, 90_000);

it('gives way to one of the new version, and goes with its pool, with all that it had', async () => {
  await push();
  const [old] = await keep(1);
  await push({ description: 'Newer' });
  await untilReady(1);
  const [fresh] = await members();
  expect(fresh?.workspaceId).not.toBe(old);

  await keep(0);

  await vi.waitFor(
    async () => {
      await stage.pools.tend();
      expect(await database.db.select().from(projects)).toEqual([]);
    },
    { timeout: 30_000 },
  );
  await api(templateRoutes.remove, { params });
});

it('is there in the hours of its pool only, and always once that has none', async () => {
  await push();
  // Neither today nor, until after midnight, yesterday.
  const weekdays = [((new Date().getUTCDay() + 2) % 7) + 1];
  const schedule = { timeZone: 'UTC', weekdays, start: '06:45', stop: '18:15', holidays: [] };

  const closed = await api(poolRoutes.set, { params, body: { size: 1, schedule } });
  await stage.pools.tend();
  expect(closed).toMatchObject({ size: 1, schedule, isOpen: false });
  expect(await members()).toEqual([]);
  await expect(
    api(poolRoutes.set, { params, body: { size: 1, schedule: { ...schedule, stop: null } } }),
  ).rejects.toMatchObject({ code: 'validation_failed' });

  const open = await api(poolRoutes.set, { params, body: { size: 1, schedule: null } });
  await stage.pools.tend();
  expect(open).toMatchObject({ schedule: null, isOpen: true });
  expect(await members()).toHaveLength(1);
  await api(poolRoutes.set, { params, body: { size: 1, schedule } });
  await stage.pools.tend();
  expect(await members()).toEqual([]);
});

it('tells admins what it costs, and nobody else', async () => {
  await push();
  await keep(2);
  const pool = await api(poolRoutes.get, { params });
  expect(pool).toMatchObject({ size: 2, failed: 0, costPerHour: { amount: 0.1, currency: 'USD' } });
  const developer = stage.as({ ...admin, role: 'developer', scope: 'write' });
  const refused = { code: 'not_permitted' };
  await expect(developer(poolRoutes.get, { params })).rejects.toMatchObject(refused);
  await expect(developer(poolRoutes.set, { params, body: { size: 1 } })).rejects.toMatchObject(
    refused,
  );
});

it('is refused for templates that need a person’s choice', async () => {
  await push({
    settings: { image: 'node:${release}' },
    parameters: [{ name: 'release', type: 'number' }],
  });

  await expect(api(poolRoutes.set, { params, body: { size: 1 } })).rejects.toMatchObject({
    code: 'template_values_invalid',
  });
});
