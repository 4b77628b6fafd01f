import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { workspaces as workspaceRows } from '@spt-flow/db/schema';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { createKubernetesProvider } from '../../src/features/providers/index.ts';
import { SETTINGS } from './kubernetes-stage.ts';
import { useDatabases, type TestDatabase } from '../support/database.ts';
import { seedTenant, seedWorkspace, type Tenant } from '../workspaces/seed.ts';
import { newDataDirectory, startWorkspacesServer } from '../workspaces/workspaces-server.ts';

const newDatabase = useDatabases();
let database: TestDatabase;
let data: Awaited<ReturnType<typeof newDataDirectory>>;
let tenant: Tenant;
let workspaceId: string;

beforeEach(async () => {
  database = await newDatabase();
  data = await newDataDirectory();
  tenant = await seedTenant(database.db);
  workspaceId = (await seedWorkspace(database.db, tenant)).id;
  const running = { provider: 'kubernetes', actualState: 'running' } as const;
  await database.db.update(workspaceRows).set({ ...running, desiredState: 'running' });
});
afterEach(async () => {
  await data.remove();
});

it('a cluster that is away keeps nothing else from starting, and is asked again', async () => {
  const kubeconfig = path.join(data.path, 'kubeconfig');
  await writeFile(kubeconfig, stringify(nobody()));
  const server = await startWorkspacesServer({
    ...{ db: database.db, installationId: randomUUID(), dataDirectory: data.path },
    kubernetes: async () =>
      createKubernetesProvider({
        ...{ installationId: randomUUID(), defaultImage: 'an/image:1', caps: {} },
        access: { kubeconfig, context: null, environment: {} },
        link: { url: 'https://127.0.0.1:1', channelBinding: 'inner-kx', ca: null },
        ...{ settings: SETTINGS, onEnded: () => undefined },
      }),
  });

  await server.workspaces.boot();

  expect((await server.row(workspaceId)).actualState).toBe('running');
  expect(server.errors[0]).toMatchObject({ code: 'engine_unavailable' });
  await server.close();
});

it('a cluster that is not set up any more is told of by whatever is asked', async () => {
  const server = await startWorkspacesServer({
    ...{ db: database.db, installationId: randomUUID(), dataDirectory: data.path },
  });
  const failed = { actualState: 'failed', failure: expect.stringContaining('is not set up here') };
  await server.workspaces.boot();
  await server.workspaces.service.settled(workspaceId);
  expect(await server.row(workspaceId)).toMatchObject(failed);

  await server.workspaces.service.stop(tenant.principal, workspaceId, 'test');
  await server.workspaces.service.settled(workspaceId);

  expect(await server.row(workspaceId)).toMatchObject({ ...failed, desiredState: 'stopped' });
  expect((await server.transitions(workspaceId)).map(({ kind, state }) => [kind, state])).toEqual([
    ['start', 'failed'],
    ['stop', 'failed'],
  ]);
  await server.close();
  expect(server.errors).toEqual([]);
});

/** Nothing listens at that port. */
function nobody() {
  return {
    clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
    users: [{ name: 'u', user: { token: 't' } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  };
}
