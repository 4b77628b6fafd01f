import { randomUUID } from 'node:crypto';
import type Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startTestServer, type TestServer } from '@spt-flow/db/testing/test-database';
import { DEFAULT_SETTINGS } from '@spt-flow/shared/domain/workspace-settings';
import { startEngine, type OwnEngine } from '../../../../scripts/lib/container-engine.mjs';
import type { WorkspaceSpec } from '../../src/features/providers/provider.ts';
import { newDockerStage, type DockerStage } from './docker-stage.ts';
import { seedTenant } from '../workspaces/seed.ts';
import { startWorkspacesServer, type WorkspacesServer } from '../workspaces/workspaces-server.ts';

let engine: OwnEngine;
let stage: DockerStage;

beforeAll(async () => {
  engine = await startEngine({ isApart: true });
  stage = await newDockerStage({
    routeAgentUpgrade: (_request, socket) => socket.destroy(),
    socket: engine.socket,
  });
}, 180_000);
afterAll(async () => {
  await stage.close();
  await engine.stop();
});

function newSpec(): WorkspaceSpec {
  return {
    workspaceId: randomUUID(),
    projectId: randomUUID(),
    name: 'orchard',
    settings: DEFAULT_SETTINGS,
    revision: 0,
    container: null,
    owner: { name: 'Ann', email: 'ann@example.org' },
    join: async () => ({
      url: 'http://127.0.0.1:8080',
      serverKey: 'K'.repeat(43),
      token: `join_${'t'.repeat(40)}`,
    }),
  };
}

it('an engine that ends takes its containers with it: that is told once it is back, and they start again with their files', async () => {
  const spec = newSpec();
  const { ended } = await stage.provider.start(spec);
  await stage.exec(spec.workspaceId, 'echo mine > mine');

  await engine.pause();
  await expect(stage.provider.start(newSpec())).rejects.toMatchObject({
    code: 'engine_unavailable',
    message: expect.stringContaining(engine.socket),
  });
  await expect(stage.provider.describeEngine()).rejects.toThrow('does not answer');
  await engine.resume();

  expect(await ended).toMatch(/ended|removed/);
  await stage.provider.start(spec);
  expect(await stage.exec(spec.workspaceId, 'cat mine')).toBe('mine\n');
  expect(await stage.provider.describeEngine()).toContain(engine.socket);
  await stage.provider.delete(spec.workspaceId);
});

it('calls that it never answers are given up, and hold up nothing once it answers again', async () => {
  const hasty = stage.successor({ callLimitMs: 1_000 });
  const patient = newSpec();
  const spec = newSpec();
  await stage.provider.start(patient);
  engine.freeze();
  const cancel = new AbortController();
  const cancelled = stage.provider.start(spec, cancel.signal);

  await expect(hasty.start(newSpec())).rejects.toMatchObject({ code: 'engine_unavailable' });
  expect(hasty.awaySince).toBeInstanceOf(Date);
  cancel.abort(new Error('nobody waits for it any more'));
  await expect(cancelled).rejects.toThrow('nobody waits');
  engine.thaw();

  await hasty.untilAvailable?.(AbortSignal.timeout(60_000));
  expect(hasty.awaySince).toBeUndefined();
  await stage.provider.start(spec);
  expect(await stage.provider.inspect(patient.workspaceId)).toBe('running');
  for (const { workspaceId } of [spec, patient]) await stage.provider.delete(workspaceId);
});

it('more projects than the engine has networks for by itself have one each all the same', async () => {
  const made: Docker.Network[] = [];
  const fill = async (): Promise<never> => {
    for (;;) made.push(await stage.engine.createNetwork({ Name: `other-${made.length}` }));
  };
  await expect(fill()).rejects.toThrow('address pool');
  const specs = [newSpec(), newSpec()];

  await Promise.all(specs.map((spec) => stage.provider.start(spec)));

  for (const { workspaceId } of specs) {
    expect(await stage.exec(workspaceId, 'cat /proc/net/route')).not.toBe('');
    await stage.provider.delete(workspaceId);
  }
  for (const network of made) await network.remove();
});

describe('workspaces of an engine that is away', () => {
  let postgres: TestServer;
  let database: Awaited<ReturnType<TestServer['createDatabase']>>;
  let server: WorkspacesServer;

  beforeAll(async () => {
    postgres = await startTestServer();
    database = await postgres.createDatabase();
    server = await startWorkspacesServer({
      db: database.db,
      installationId: randomUUID(),
      dataDirectory: stage.dataDirectory,
      docker: (route) => stage.create(route),
      // Whoever counted attempts would soon have none left.
      limits: { firstRetryMs: 1 },
    });
  });
  afterAll(async () => {
    await server.close();
    await database.close();
    await postgres.stop();
  });

  it('say since when, and run again by themselves once it is back', async () => {
    const { service } = server.workspaces;
    const tenant = await seedTenant(database.db);
    const running = await server.create(tenant, { provider: 'docker' });
    await server.untilState(running, 'running');
    await engine.pause();

    // Whether its end is seen before the engine is gone depends on how that ends.
    await vi.waitFor(
      async () => {
        const { failure, warnings } = await service.get(tenant.principal, running);
        expect(`${warnings.join()} ${failure}`).toMatch(/engine does not answer .*since \d{4}-/);
      },
      { timeout: 20_000 },
    );
    const waiting = await server.create(tenant, { provider: 'docker' });
    await server.untilState(waiting, 'failed');
    await service.settled(waiting);
    await expect(service.ensureReady(waiting, { correlationId: 'test' })).rejects.toMatchObject({
      code: 'engine_unavailable',
    });
    expect((await service.get(tenant.principal, waiting)).failure).toMatch(/ since \d{4}-/);
    await engine.resume();

    for (const id of [waiting, running]) await server.untilState(id, 'running');
    await service.settled(waiting);
    const attempts = await server.transitions(waiting);
    expect(attempts.map(({ state }) => state)).toEqual(['failed', 'failed', 'done']);
    const { warnings } = await service.get(tenant.principal, running);
    expect(warnings.join()).not.toContain('does not answer');
  });
});

it('what a killed control plane left is ended once the engine is back, before anything starts', async () => {
  const left = newSpec();
  await stage.provider.start(left);
  const next = stage.successor();
  await engine.pause();
  expect(await next.reap()).toBe(0);
  expect(await next.inspect(left.workspaceId)).toBe('absent');
  await engine.resume();
  const spec = newSpec();

  await next.start(spec);

  await expect(stage.container(left.workspaceId).inspect()).rejects.toThrow('no such container');
  expect(await next.inspect(spec.workspaceId)).toBe('running');
  await next.delete(spec.workspaceId);
});
