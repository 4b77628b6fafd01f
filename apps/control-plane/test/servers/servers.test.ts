import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { decodeJoinString } from '@spt-flow/config/join-string';
import { agents, auditLog, workspaces as workspaceRows } from '@spt-flow/db/schema';
import { serverRoutes } from '@spt-flow/shared/api/servers';
import { useDatabases, type TestDatabase } from '../support/database.ts';
import { seedProject, seedTenant, type Tenant } from '../workspaces/seed.ts';
import { newServerMachine, type ServerMachine } from '../workspaces/server-machine.ts';
import { startServersStage, type ServersStage } from './servers-stage.ts';

const newDatabase = useDatabases();
let database: TestDatabase;
let stage: ServersStage;
let tenant: Tenant;
const machines: ServerMachine[] = [];

beforeAll(async () => {
  database = await newDatabase();
  stage = await startServersStage(database);
  await stage.machines.workspaces.boot();
});
afterAll(() => stage.close());
beforeEach(async () => {
  tenant = await seedTenant(database.db);
  stage.time.publicUrl = stage.machines.agentsServer.url;
});
afterEach(async () => {
  for (const machine of machines.splice(0)) await machine.remove();
});

async function newMachine(): Promise<ServerMachine> {
  const machine = await newServerMachine();
  machines.push(machine);
  return machine;
}

async function create(name: string, project?: string, as = tenant.principal) {
  return stage.call('POST', '/servers', { as, body: { name, project } });
}

async function invited(name: string) {
  const answer = await create(name);
  expect(answer).toMatchObject({ status: 201 });
  return serverRoutes.create.response.parse(answer.data);
}

function settled(id: string): Promise<void> {
  return stage.machines.workspaces.service.settled(id);
}

async function audited(): Promise<string[]> {
  const rows = await database.db.select().from(auditLog);
  return rows
    .filter(({ organizationId }) => organizationId === tenant.organizationId)
    .map(({ action }) => action);
}

describe('a server that is added', () => {
  it('comes with a code that joins one machine, in a project of its name', async () => {
    const { workspace, invitation } = await invited('web-1');
    expect(workspace).toMatchObject({ name: 'web-1', provider: 'server', desiredState: 'running' });
    expect(invitation.command).toContain(`printf %s '${invitation.code}' | sudo sh -c`);
    expect(invitation.command.startsWith(' ')).toBe(true);
    expect(invitation.promptCommand).not.toContain(invitation.code);
    expect(invitation.note).toContain('only this very machine');

    const machine = await newMachine();
    await machine.turnOn(decodeJoinString(invitation.code));
    await stage.machines.untilState(workspace.id, 'running');

    const project = await stage.projects.find(tenant.organizationId, workspace.projectId);
    expect(project).toMatchObject({ name: 'web-1', userId: tenant.userId });
    expect(await readFile(path.join(machine.project, '.git/HEAD'), 'utf8')).toContain('main');
    expect(await audited()).toEqual(
      expect.arrayContaining(['workspace.create', 'server.invite', 'agent.enrol']),
    );
  });

  it('is refused a second machine with the same code, which is reported', async () => {
    const { workspace, invitation } = await invited('once');
    await (await newMachine()).turnOn(decodeJoinString(invitation.code));
    await stage.machines.untilState(workspace.id, 'running');

    const thief = await newMachine();
    await thief.turnOn(decodeJoinString(invitation.code));

    expect(await thief.ended()).not.toBe(0);
    await vi.waitFor(async () => expect(await audited()).toContain('agent.token_reused'));
  });

  it('joins nobody by a code that is for another control plane', async () => {
    const { invitation } = await invited('careful');
    const machine = await newMachine();
    const { attempts } = stage.machines.agentsServer;
    const before = attempts();

    await machine.turnOn({ ...decodeJoinString(invitation.code), serverKey: 'A'.repeat(43) });

    // It tries again and again, and shows its token to nobody.
    await vi.waitFor(() => expect(attempts()).toBeGreaterThan(before + 1), { timeout: 20_000 });
    const rows = await database.db.select().from(agents);
    expect(rows.filter(({ organizationId }) => organizationId === tenant.organizationId)).toEqual(
      [],
    );
  });

  it('joins a project that is named, by its owner or an admin', async () => {
    const project = await seedProject(database.db, tenant);
    const [writer, admin] = [
      await stage.colleagueOf(tenant, 'write'),
      await stage.colleagueOf(tenant, 'admin'),
    ];

    expect(await create('theirs', project, writer)).toMatchObject({
      status: 403,
      code: 'not_permitted',
    });
    expect(await create('mine', project)).toMatchObject({ status: 201 });
    expect(await create('second', project, admin)).toMatchObject({
      status: 409,
      code: 'limit_reached',
      message: expect.stringContaining('has a machine already'),
    });
    const other = await seedProject(database.db, tenant);
    expect(await create('by-admin', other, admin)).toMatchObject({ status: 201 });
  });

  it('uses a project of its name that is left from before, and no other', async () => {
    const first = await invited('again');
    await stage.machines.workspaces.service.remove(tenant.principal, first.workspace.id, 'test');
    await settled(first.workspace.id);

    const second = await invited('again');

    expect(second.workspace.projectId).toBe(first.workspace.projectId);
    expect(await create('again')).toMatchObject({ status: 409, code: 'name_taken' });
  });

  it.each([
    ['', 400, 'validation_failed'],
    ['Web', 400, 'validation_failed'],
    ['a--b', 400, 'validation_failed'],
    ['-a', 400, 'validation_failed'],
    ['x'.repeat(59), 400, 'validation_failed'],
  ])('may not be called "%s"', async (name, status, code) => {
    expect(await create(name)).toMatchObject({ status, code });
  });

  it('joins no project of another organization, and none that is not there', async () => {
    const stranger = await seedTenant(database.db);
    const theirs = await seedProject(database.db, stranger);

    for (const project of [theirs, 'no-such-project'])
      expect(await create('spy', project)).toMatchObject({ status: 404, code: 'not_found' });
  });

  it('is refused to readers, and beyond the number of projects that one may have', async () => {
    const reader = await stage.colleagueOf(tenant, 'read');
    expect(await create('nope', undefined, reader)).toMatchObject({ status: 403 });

    for (const name of ['one', 'two', 'three']) await invited(name);
    expect(await create('four')).toMatchObject({ status: 409, code: 'limit_reached' });
  });

  it('is refused where machines would have to come over plain http', async () => {
    stage.time.publicUrl = 'http://flow.example.com';
    expect(await create('open')).toMatchObject({ status: 409, code: 'https_required' });

    stage.time.publicUrl = 'https://flow.example.com';
    expect((await invited('safe')).invitation.note).toBeNull();
  });
});

describe('another invitation', () => {
  it('lets another machine take the place of the first, which is shut out', async () => {
    const { workspace, invitation } = await invited('moving');
    const old = await newMachine();
    await old.turnOn(decodeJoinString(invitation.code));
    await stage.machines.untilState(workspace.id, 'running');

    const answer = await stage.call('POST', '/servers/moving/invitations', {
      as: tenant.principal,
    });
    const again = serverRoutes.invite.response.parse(answer.data);
    const next = await newMachine();
    await next.turnOn(decodeJoinString(again.invitation.code));

    // The new machine is filled like a new one.
    await vi.waitFor(() => readFile(path.join(next.project, '.git/HEAD'), 'utf8'), {
      timeout: 20_000,
    });
    await stage.machines.untilState(workspace.id, 'running');
    await old.turnOff();
    const { stdout } = await stage.machines.workspaces.content.exec(workspace.id, {
      command: 'pwd',
      timeoutSeconds: 20,
      correlationId: 'test',
    });
    expect(stdout).toBe(`${next.project}\n`);
  });

  it('is for owners and admins, for servers only, and for nobody outside', async () => {
    const { workspace } = await invited('closed');
    const writer = await stage.colleagueOf(tenant, 'write');
    const { principal: stranger } = await seedTenant(database.db);
    const local = await stage.machines.create(tenant, { name: 'no-server' });
    const ask = (handle: string, as = tenant.principal) =>
      stage.call('POST', `/servers/${handle}/invitations`, { as });

    expect(await ask(workspace.id, writer)).toMatchObject({ status: 403, code: 'not_permitted' });
    expect(await ask(workspace.id, stranger)).toMatchObject({ status: 404 });
    expect(await ask(local)).toMatchObject({
      status: 400,
      message: 'The workspace "no-server" is not a server',
    });
    await settled(local);
  });
});

it('a server that was removed while it was connected is gone from both ends', async () => {
  const { workspace, invitation } = await invited('short');
  const machine = await newMachine();
  await machine.turnOn(decodeJoinString(invitation.code));
  await stage.machines.untilState(workspace.id, 'running');

  await stage.machines.workspaces.service.remove(tenant.principal, workspace.id, 'test');

  expect(await machine.ended()).toBe(0);
  await stage.machines.untilState(workspace.id, 'deleted');
  const rows = await database.db.select().from(workspaceRows);
  expect(rows.find(({ id }) => id === workspace.id)?.actualState).toBe('deleted');
});
