import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { startTestServer, type TestServer } from '@spt-flow/db/testing/test-database';
import type { UpgradeHandler } from '../../src/lib/upgrade-router.ts';
import { newDockerStage, type DockerStage } from './docker-stage.ts';
import { seedTenant, type Tenant } from '../workspaces/seed.ts';
import { startWorkspacesServer, type WorkspacesServer } from '../workspaces/workspaces-server.ts';

/** Enough for a container to start on a slow machine, so that only its agent is late. */
const DEADLINE_SECONDS = 12;

let postgres: TestServer;
let database: Awaited<ReturnType<TestServer['createDatabase']>>;
let stage: DockerStage;
let server: WorkspacesServer;
let tenant: Tenant;
let admit = true;

beforeAll(async () => {
  postgres = await startTestServer();
  database = await postgres.createDatabase();
  stage = await newDockerStage({ routeAgentUpgrade: (_request, socket) => socket.destroy() });
});
beforeEach(async () => {
  admit = true;
  tenant = await seedTenant(database.db);
  server = await startWorkspacesServer({
    db: database.db,
    installationId: randomUUID(),
    dataDirectory: stage.dataDirectory,
    docker: (route) => stage.create(onlyWhenAdmitted(route)),
    limits: { deadlineSeconds: { start: DEADLINE_SECONDS }, firstRetryMs: 1_000 },
  });
});
afterEach(async () => {
  await server.close();
});
afterAll(async () => {
  await stage.close();
  await database.close();
  await postgres.stop();
});

function onlyWhenAdmitted(route: UpgradeHandler): UpgradeHandler {
  return (request, socket, head) => {
    if (admit) route(request, socket, head);
    else socket.destroy();
  };
}

/** Once its container is there, and its agent asks to be let in. */
async function untilConnecting(id: string): Promise<void> {
  await vi.waitFor(
    async () => {
      const [first] = await server.transitions(id);
      expect(first?.steps.at(-1)?.name).toBe('Connect to it');
    },
    { timeout: 20_000 },
  );
}

async function expectNothingLeft(id: string): Promise<void> {
  await vi.waitFor(
    () => expect(stage.container(id).inspect()).rejects.toThrow('no such container'),
    { timeout: 10_000 },
  );
}

it('an agent that never connects: the failure names the step, the machine and its last lines', async () => {
  admit = false;
  const id = await server.create(tenant, { provider: 'docker' });

  await server.untilState(id, 'failed');

  const { failure } = await server.row(id);
  expect(failure).toMatch(/not done within 12 seconds: the agent did not connect/);
  expect(failure).toMatch(/The machine runs; its last lines: Not connected: .+/);
  const [transition] = await server.transitions(id);
  expect(transition?.steps.at(-1)).toMatchObject({ name: 'Connect to it', state: 'failed' });
  await expectNothingLeft(id);
});

it('a stop during the start ends the container and leaves the workspace stopped', async () => {
  admit = false;
  const id = await server.create(tenant, { provider: 'docker' });
  await untilConnecting(id);

  await server.workspaces.service.stop(tenant.principal, id, 'test');

  await server.untilState(id, 'stopped');
  await expectNothingLeft(id);
});

it('a deletion during the start removes everything', async () => {
  const id = await server.create(tenant, { provider: 'docker' });

  await server.workspaces.service.remove(tenant.principal, id, 'test');

  await server.untilState(id, 'deleted');
  await expectNothingLeft(id);
  const { Volumes: volumes } = await stage.engine.listVolumes();
  expect(volumes.filter(({ Name }) => Name.includes(id))).toEqual([]);
});

it('a container that is killed is started again with its files', async () => {
  const id = await server.create(tenant, { provider: 'docker' });
  await server.untilState(id, 'running');
  await stage.exec(id, 'echo mine > mine');
  const { Id: before } = await stage.container(id).inspect();

  await stage.container(id).kill();

  await vi.waitFor(async () => expect(await server.transitions(id)).toHaveLength(2), {
    timeout: 10_000,
  });
  await server.untilState(id, 'running');
  expect((await stage.container(id).inspect()).Id).not.toBe(before);
  expect(await stage.exec(id, 'cat mine')).toBe('mine\n');
  const [, second] = await server.transitions(id);
  expect(second).toMatchObject({ kind: 'start', reason: expect.stringContaining('SIGKILL') });
});
