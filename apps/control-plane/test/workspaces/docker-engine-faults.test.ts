import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '@spt-flow/shared/domain/workspace-settings';
import { startEngine, type OwnEngine } from '../../../../scripts/lib/container-engine.mjs';
import type { WorkspaceSpec } from '../../src/features/workspaces/provider.ts';
import { newDockerStage, type DockerStage } from './docker-stage.ts';

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
