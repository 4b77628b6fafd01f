import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '@spt-flow/db/testing/test-database';
import { newDockerStage, type DockerStage } from '../workspaces/docker-stage.ts';
import { seedTenant } from '../workspaces/seed.ts';
import { startWorkspacesServer, type WorkspacesServer } from '../workspaces/workspaces-server.ts';
import { openGitCredentials } from './credential-stage.ts';

const TOKEN = 'ghp_0123456789';

let postgres: TestServer;
let database: Awaited<ReturnType<TestServer['createDatabase']>>;
let stage: DockerStage;
let server: WorkspacesServer;

beforeAll(async () => {
  postgres = await startTestServer();
  database = await postgres.createDatabase();
  stage = await newDockerStage({ routeAgentUpgrade: (_request, socket) => socket.destroy() });
  server = await startWorkspacesServer({
    db: database.db,
    installationId: randomUUID(),
    dataDirectory: stage.dataDirectory,
    docker: (route) => stage.create(route),
  });
});
afterAll(async () => {
  await server.close();
  await stage.close();
  await database.close();
  await postgres.stop();
});

it('git in a container is given the token of its owner for that host, and nothing stays in it', async () => {
  const tenant = await seedTenant(database.db);
  const credentials = openGitCredentials(database.db, server);
  const login = { host: 'git.example.com', token: TOKEN, username: 'ada' };
  await credentials.service.put(tenant.principal, login, 'login-1');
  const id = await server.create(tenant, { provider: 'docker' });
  await server.untilState(id, 'running');
  const ask = (host: string) =>
    server.workspaces.content.exec(id, {
      command: `printf 'url=https://${host}/a/b.git\\n\\n' | GIT_TERMINAL_PROMPT=0 git credential fill 2>&1`,
      timeoutSeconds: 20,
      correlationId: 'ask-1',
    });

  expect((await ask('git.example.com')).stdout).toContain(`username=ada\npassword=${TOKEN}\n`);
  expect((await ask('other.example.com')).stdout).not.toContain(TOKEN);
  expect(
    await stage.exec(
      id,
      `grep -rlF ${TOKEN} /workspace /var/lib/spt-flow "$HOME" /tmp 2>/dev/null`,
    ),
  ).toBe('');
  credentials.close();
});
