import { expect, it } from 'vitest';
import { seedTenant } from '../workspaces/seed.ts';
import { useDockerWorkspaces } from '../providers/docker-workspaces.ts';
import { openGitCredentials } from './credential-stage.ts';

const TOKEN = 'ghp_0123456789';

const docker = useDockerWorkspaces();

it('git in a container is given the token of its owner for that host, and nothing stays in it', async () => {
  const tenant = await seedTenant(docker.db);
  const credentials = openGitCredentials(docker.db, docker.server);
  const login = { host: 'git.example.com', token: TOKEN, username: 'ada' };
  await credentials.service.put(tenant.principal, login, 'login-1');
  const id = await docker.server.create(tenant, { provider: 'docker' });
  await docker.server.untilState(id, 'running');
  const ask = (host: string) =>
    docker.server.workspaces.content.exec(id, {
      command: `printf 'url=https://${host}/a/b.git\\n\\n' | GIT_TERMINAL_PROMPT=0 git credential fill 2>&1`,
      timeoutSeconds: 20,
      correlationId: 'ask-1',
    });

  expect((await ask('git.example.com')).stdout).toContain(`username=ada\npassword=${TOKEN}\n`);
  expect((await ask('other.example.com')).stdout).not.toContain(TOKEN);
  expect(
    await docker.stage.exec(
      id,
      `grep -rlF ${TOKEN} /workspace /var/lib/spt-flow "$HOME" /tmp 2>/dev/null`,
    ),
  ).toBe('');
  credentials.close();
});
