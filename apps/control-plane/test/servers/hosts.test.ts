import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { decodeJoinString } from '@spt-flow/config/join-string';
import { auditLog } from '@spt-flow/db/schema';
import { HostSchema, serverRoutes } from '@spt-flow/shared/api/servers';
import { runInWorkspace } from '../../src/features/agents/index.ts';
import type { Principal } from '../../src/lib/principal.ts';
import { useDatabases } from '../support/database.ts';
import { seedTenant, type Tenant } from '../workspaces/seed.ts';
import type { ServerMachine } from '../workspaces/server-machine.ts';
import { startHostsStage, type HostsStage } from './hosts-stage.ts';

const OPEN_TIMEOUT_MS = 120_000;
const TEST_TIMEOUT_MS = 120_000;

const newDatabase = useDatabases();
let database: Awaited<ReturnType<typeof newDatabase>>;
let stage: HostsStage;
let tenant: Tenant;
let admin: Principal;

beforeAll(async () => {
  database = await newDatabase();
  stage = await startHostsStage(database);
  await stage.machines.workspaces.boot();
}, OPEN_TIMEOUT_MS);
afterAll(() => stage.close(), OPEN_TIMEOUT_MS);
beforeEach(async () => {
  tenant = await seedTenant(database.db);
  admin = { ...tenant.principal, role: 'admin', scope: 'admin' };
  stage.time.publicUrl = stage.machines.agentsServer.url;
});

/** A server that has joined, whose owner agreed to host containers unless told. */
async function join(name: string, owner?: { agrees: boolean }) {
  const answer = await stage.call('POST', '/servers', { as: tenant.principal, body: { name } });
  const { workspace, invitation } = serverRoutes.create.response.parse(answer.data);
  const machine = await stage.newMachine(owner);
  await machine.turnOn(decodeJoinString(invitation.code));
  await stage.machines.untilState(workspace.id, 'running');
  // From now on people reach it where containers do.
  stage.time.publicUrl = stage.doorUrl;
  return { id: workspace.id, machine };
}

function host(method: 'GET' | 'PUT' | 'DELETE', handle: string, as: Principal = admin) {
  return stage.call(method, `/servers/${handle}/host`, { as });
}

async function run(workspaceId: string, command: string): Promise<string> {
  const { hub } = stage.machines.agentsServer.agents;
  const argv = ['/bin/sh', '-c', command];
  return (await runInWorkspace(hub, workspaceId, { argv, timeoutMs: 60_000 })).stdout.toString();
}

async function untilOffline(workspaceId: string, machine: ServerMachine): Promise<void> {
  await machine.turnOff();
  const { hub } = stage.machines.agentsServer.agents;
  await vi.waitFor(() => expect(hub.isOnline(workspaceId)).toBe(false), { timeout: 20_000 });
}

it(
  'hosts nothing before its owner agrees on it, an admin wants it, and containers reach us',
  async () => {
    const { id } = await join('shy', { agrees: false });
    const stranger = await seedTenant(database.db);

    expect(await host('PUT', 'shy')).toMatchObject({ status: 409, code: 'host_refused' });
    expect(await host('PUT', 'shy', tenant.principal)).toMatchObject({ status: 403 });
    const theirs: Principal = { ...stranger.principal, role: 'admin', scope: 'admin' };
    for (const method of ['GET', 'PUT', 'DELETE'] as const)
      expect(await host(method, id, theirs)).toMatchObject({ status: 404, code: 'not_found' });
    stage.time.publicUrl = 'http://127.0.0.1:8080';
    expect(await host('PUT', 'shy')).toMatchObject({ code: 'https_required' });

    expect(await host('GET', 'shy')).toMatchObject({ status: 200, data: { host: null } });
    const made = stage.machines.create(tenant, { provider: 'docker', hostId: id });
    await expect(made).rejects.toMatchObject({ code: 'not_found' });
  },
  TEST_TIMEOUT_MS,
);

it(
  'runs workspaces in the engine of a server, also while it is away, and lets neither go before the other',
  async () => {
    const { id: hostId, machine } = await join('rack');
    const { hub } = stage.machines.agentsServer.agents;
    const hosted = HostSchema.parse((await host('PUT', 'rack')).data);
    expect(hosted).toMatchObject({ problem: null, workspaces: [], hiddenWorkspaces: 0 });
    expect(hosted.engine).toMatch(/\d+\.\d+.* at the server/);

    const guest = await stage.machines.create(tenant, {
      name: 'guest',
      provider: 'docker',
      hostId,
    });
    await stage.machines.untilState(guest, 'running');
    expect(
      await run(guest, 'echo kept > file; test -e .dockerenv -o -e /.dockerenv && id -u'),
    ).not.toBe('');
    // A workspace's agent has nothing to do with its engine.
    await expect(hub.request(guest, { method: 'engine' })).rejects.toMatchObject({
      code: 'host_refused',
    });

    expect(await host('DELETE', 'rack')).toMatchObject({ status: 409, code: 'host_in_use' });
    expect(await stage.call('POST', '/servers/rack/invitations', { as: admin })).toMatchObject({
      code: 'host_in_use',
    });
    const { service } = stage.machines.workspaces;
    await expect(service.remove(admin, hostId, 'test')).rejects.toMatchObject({
      code: 'host_in_use',
    });

    await untilOffline(hostId, machine);
    expect((await run(guest, 'cat file')).trim()).toBe('kept');
    expect(await host('GET', 'rack')).toMatchObject({
      data: { host: { engine: null, problem: expect.stringContaining('not connected') } },
    });
    expect(await service.get(tenant.principal, guest)).toMatchObject({
      ...{ actualState: 'running', host: { id: hostId, name: 'rack' } },
      warnings: expect.arrayContaining([expect.stringContaining('does not answer since')]),
    });
    // What is wanted meanwhile is done once it is back, and nowhere else.
    await service.stop(tenant.principal, guest, 'test');
    await machine.turnOn();
    await stage.machines.untilState(guest, 'stopped');
    await service.start(tenant.principal, guest, 'test');
    await stage.machines.untilState(guest, 'running');
    expect((await run(guest, 'cat file')).trim()).toBe('kept');

    await adopted(hostId, guest);

    await service.remove(tenant.principal, guest, 'test');
    await stage.machines.untilState(guest, 'deleted');
    expect((await stage.successor(hostId, () => undefined).present?.())?.size).toBe(0);
    expect(await host('DELETE', 'rack')).toMatchObject({ status: 200 });
    await service.remove(admin, hostId, 'test');
    await stage.machines.untilState(hostId, 'deleted');
    const actions = (await database.db.select().from(auditLog)).map(({ action }) => action);
    expect(actions).toEqual(expect.arrayContaining(['server.host', 'server.unhost']));
  },
  TEST_TIMEOUT_MS,
);

/** A control plane that begins anew finds what runs there, and hears of its end. */
async function adopted(hostId: string, guest: string): Promise<void> {
  const ended = vi.fn();
  const successor = stage.successor(hostId, ended);
  expect(await successor.reap()).toBe(0);
  expect(await successor.inspect(guest)).toBe('running');
  await stage.engine.getContainer(`spt-flow-${guest}`).kill();
  await vi.waitFor(() => expect(ended).toHaveBeenCalledWith(guest, expect.any(String)), {
    timeout: 20_000,
  });
  // Who started it starts it again.
  await stage.machines.untilState(guest, 'running');
}
