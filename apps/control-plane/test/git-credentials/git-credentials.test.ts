import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { gitLogins, organizationMembers } from '@spt-flow/db/schema';
import { serveGit, type GitServer } from '../support/git-server.ts';
import { seedTenant } from '../workspaces/seed.ts';
import { useLifecycle } from '../workspaces/lifecycle.ts';
import { auditOfLogins, openGitCredentials } from './credential-stage.ts';

const TOKEN = 'glpat-0123456789-very-secret';

describe('git in a workspace', () => {
  const context = useLifecycle();
  let git: GitServer;
  let other: GitServer;
  const seen: string[] = [];
  let credentials: ReturnType<typeof openGitCredentials>;

  beforeAll(async () => {
    git = await serveGit({ permits: ({ password }) => password === TOKEN });
    other = await serveGit({
      permits({ password }) {
        seen.push(password);
        return false;
      },
    });
    await git.add('private', { 'README.md': '# Private\n' });
    await other.add('private', { 'README.md': '# Foreign\n' });
  });
  afterAll(async () => {
    await git.close();
    await other.close();
  });
  beforeEach(() => {
    credentials = openGitCredentials(context.database.db, context.server);
    return () => credentials.close();
  });

  const login = (host = git.url, token = TOKEN) =>
    credentials.service.put(
      context.tenant.principal,
      { host, token, username: 'x-access-token' },
      'login-1',
    );
  const clone = (id: string, url: string, into = 'copy') =>
    context.exec(id, `rm -rf ${into}; GIT_TERMINAL_PROMPT=0 git clone -q ${url} ${into} 2>&1`);

  it('clones at the start, and pushes, with the token of its owner that is written nowhere', async () => {
    await login();
    const id = await context.running({ repositoryUrl: `${git.url}/private.git` });

    const pushed = await context.exec(
      id,
      'echo more >> README.md && git commit -qam more && git push -q origin main 2>&1 && git ls-remote origin main',
    );
    expect(pushed).toMatchObject({ exitCode: 0 });
    const kept = await context.exec(
      id,
      `grep -rlF ${TOKEN} /workspace /home/dev /run/spt-flow/state /tmp /proc/[0-9]*/environ 2>/dev/null; env | grep -cF ${TOKEN}; git remote -v`,
    );
    expect(kept.stdout).toBe(
      `0\norigin\t${git.url}/private.git (fetch)\norigin\t${git.url}/private.git (push)\n`,
    );
    const { db } = context.database;
    expect(JSON.stringify(await context.server.logTexts(id))).not.toContain(TOKEN);
    expect(JSON.stringify(await db.select().from(gitLogins))).not.toContain(TOKEN);
    const audit = await auditOfLogins(db);
    expect(JSON.stringify(audit)).not.toContain(TOKEN);
    expect(audit).toContainEqual({
      principal: expect.stringMatching(/^agent:/),
      action: 'git_login.use',
      target: id,
      detail: { origin: git.url, path: '', loginId: expect.any(String) },
    });
  });

  it('is given nothing for another host, and hears what to do about it', async () => {
    await login();
    const id = await context.running();

    const { exitCode, stdout } = await clone(id, `${other.url}/private.git`);

    expect(exitCode).not.toBe(0);
    expect(stdout).toContain(`There is no token for ${other.url}. Try: spt-flow git login`);
    expect(seen).not.toContain(TOKEN);
    expect((await auditOfLogins(context.database.db)).at(-1)).toMatchObject({
      action: 'git_login.miss',
      detail: { origin: other.url },
    });
  });

  it('is given nothing any more once the token was taken away', async () => {
    const { id: loginId } = await login();
    const id = await context.running();
    expect(await clone(id, `${git.url}/private.git`)).toMatchObject({ exitCode: 0 });

    await credentials.service.remove(context.tenant.principal, loginId, 'remove-1');

    const { stdout } = await clone(id, `${git.url}/private.git`);
    expect(stdout).toContain(`There is no token for ${git.url}`);
  });

  it('is given nothing of another member, nor of an owner who left', async () => {
    const { db } = context.database;
    const stranger = await seedTenant(db);
    await credentials.service.put(
      stranger.principal,
      { host: git.url, token: TOKEN, username: 'x' },
      'login-2',
    );
    const id = await context.running();
    expect((await clone(id, `${git.url}/private.git`)).stdout).toContain('There is no token');

    await login();
    expect((await clone(id, `${git.url}/private.git`)).exitCode).toBe(0);
    await db.delete(organizationMembers);
    expect((await clone(id, `${git.url}/private.git`)).stdout).toContain('There is no token');
  });

  it('is given a token of one path only when it tells the path, and only for that path', async () => {
    await login(`${git.url}/private.git`);
    const id = await context.running();
    const fill = (path: string) =>
      context.exec(
        id,
        `printf 'url=%s\\n\\n' '${git.url}/${path}' | GIT_TERMINAL_PROMPT=0 git -c credential.useHttpPath=true credential fill 2>&1`,
      );

    expect((await fill('private.git')).stdout).toContain(`password=${TOKEN}`);
    expect((await fill('private.git/../other.git')).stdout).not.toContain(TOKEN);
    expect((await fill('other.git')).stdout).not.toContain(TOKEN);
    expect((await clone(id, `${git.url}/private.git`)).stdout).toContain('There is no token');
  });

  it('clones at the start with a token for that path only', async () => {
    await context.server.close();
    await context.restart(undefined, {
      tellsPath: (workspaceId, url) => credentials.tellsPath(workspaceId, url),
    });
    credentials.close();
    credentials = openGitCredentials(context.database.db, context.server);
    await login(`${git.url}/private.git`);
    const id = await context.running({ repositoryUrl: `${git.url}/private.git` });
    expect((await context.exec(id, 'git fetch 2>&1')).exitCode).toBe(0);
  });

  it('asks its own helpers first, and uses a new token that took the place of a wrong one', async () => {
    await login(git.url, 'wrong');
    const id = await context.running();
    expect((await clone(id, `${git.url}/private.git`)).exitCode).not.toBe(0);
    await login();
    expect((await clone(id, `${git.url}/private.git`)).exitCode).toBe(0);

    const own = await context.exec(
      id,
      `git config --global credential.helper '!echo username=own; echo password=own; :'; printf 'url=${git.url}\\n\\n' | git credential fill`,
    );
    expect(own.stdout).toContain('password=own');
  });

  it('that asks too often is refused for a while, and recorded once', async () => {
    credentials.close();
    credentials = openGitCredentials(context.database.db, context.server, { maxPerMinute: 2 });
    await login();
    const id = await context.running();

    const { stdout } = await context.exec(
      id,
      `for i in 1 2 3 4; do printf 'url=${git.url}\\n\\n' | GIT_TERMINAL_PROMPT=0 git credential fill 2>&1; done`,
    );

    expect(stdout.split(TOKEN)).toHaveLength(3);
    expect(stdout).toContain('Git asked too often');
    const actions = (await auditOfLogins(context.database.db)).map(({ action }) => action);
    expect(actions.filter((action) => action === 'git_login.limit')).toHaveLength(1);
  });
});
