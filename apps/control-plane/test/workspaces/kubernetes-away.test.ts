import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { workspaces as workspaceRows } from '@spt-flow/db/schema';
import { startTestServer } from '@spt-flow/db/testing/test-database';
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { createKubernetesProvider } from '../../src/features/workspaces/index.ts';
import { SETTINGS } from './kubernetes-stage.ts';
import { seedTenant, seedWorkspace } from './seed.ts';
import { newDataDirectory, startWorkspacesServer } from './workspaces-server.ts';

it('a cluster that is away keeps nothing else from starting, and is asked again', async () => {
  const postgres = await startTestServer();
  const database = await postgres.createDatabase();
  const data = await newDataDirectory();
  const kubeconfig = path.join(data.path, 'kubeconfig');
  await writeFile(kubeconfig, stringify(nobody()));
  const workspace = await seedWorkspace(database.db, await seedTenant(database.db));
  const running = { provider: 'kubernetes', actualState: 'running' } as const;
  await database.db.update(workspaceRows).set({ ...running, desiredState: 'running' });
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

  expect((await server.row(workspace.id)).actualState).toBe('running');
  expect(server.errors[0]).toMatchObject({ code: 'engine_unavailable' });
  await server.close();
  await database.close();
  await postgres.stop();
  await data.remove();
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
