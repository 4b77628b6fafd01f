import { describe, expect, it } from 'vitest';
import { gitRoutes, type GitLogin } from '@spt-flow/shared/api/git';
import { useCliStage } from './support/cli-stage.ts';

const SECRET = 'ghp_0123456789';
const LOGIN: GitLogin = {
  id: '0195f6f6-0000-7000-8000-000000000009',
  origin: 'https://github.com',
  path: '',
  username: 'x-access-token',
  createdAt: '2026-01-02T03:04:05.000Z',
  lastUsedAt: null,
};

describe('git', () => {
  const stage = useCliStage();
  const signedIn = (args: string[], stdin = '') => stage.run(args, { stdin });

  it('login sends the token of standard input and shows it nowhere', async () => {
    let sent: unknown;
    stage.server.on(gitRoutes.putLogin, ({ body }) => {
      sent = body;
      return LOGIN;
    });

    const { exitCode, stdout, stderr } = await signedIn(
      ['git', 'login', 'github.com'],
      `${SECRET}\n`,
    );

    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toBe('Git in your workspaces has a token for https://github.com\n');
    expect(sent).toEqual({ host: 'github.com', token: SECRET, username: 'x-access-token' });
  });

  it.each([
    [['git', 'login', 'https://me:secret@github.com'], SECRET],
    [['git', 'login', 'github.com'], ''],
    [['git', 'login', 'github.com'], 'two words'],
  ])('%j with the token %j is wrong usage, and asks the server nothing', async (args, stdin) => {
    expect((await signedIn(args, stdin)).exitCode).toBe(2);
    expect(stage.server.requests).toEqual([]);
  });

  it('login to a path says how git comes to tell it, and warns of http', async () => {
    stage.server.on(gitRoutes.putLogin, () => ({
      ...LOGIN,
      origin: 'http://git.lan',
      path: 'acme',
    }));

    const { stderr } = await signedIn(['git', 'login', 'http://git.lan/acme'], SECRET);

    expect(stderr).toContain('not encrypted');
    expect(stderr).toContain('git config --global credential.http://git.lan.useHttpPath true');
  });

  it('hosts shows them without tokens; logout takes away the one that is meant', async () => {
    const below = { ...LOGIN, id: '0195f6f6-0000-7000-8000-00000000000a', path: 'acme' };
    stage.server.on(gitRoutes.listLogins, () => ({ items: [LOGIN, below] }));
    stage.server.on(gitRoutes.removeLogin, () => ({}));

    expect((await signedIn(['git', 'hosts'])).stdout).toMatch(
      /https:\/\/github\.com {2}\(all\) .* never\n/,
    );
    expect((await signedIn(['git', 'logout', 'github.com/acme'])).exitCode).toBe(0);
    expect(stage.server.requests.at(-1)).toBe(`DELETE /api/v1/git-logins/${below.id}`);
    expect((await signedIn(['git', 'logout', 'gitlab.com'])).exitCode).toBe(4);
  });
});

describe('dotfiles', () => {
  const stage = useCliStage();
  const call = (...args: string[]) => stage.run(['dotfiles', ...args]);

  it('are set, shown and cleared', async () => {
    const dotfiles = { repositoryUrl: 'https://github.com/me/dotfiles', installScript: null };
    stage.server.on(gitRoutes.putDotfiles, ({ body }) => body);
    stage.server.on(gitRoutes.getDotfiles, () => ({ dotfiles }));
    stage.server.on(gitRoutes.removeDotfiles, () => ({}));

    expect((await call('set', dotfiles.repositoryUrl)).stdout).toContain('is applied when');
    expect((await call('set', '--', '--upload-pack=x')).exitCode).toBe(2);
    expect((await call('show')).stdout).toContain(dotfiles.repositoryUrl);
    expect((await call('clear')).exitCode).toBe(0);
    expect(stage.server.requests.at(-1)).toBe('DELETE /api/v1/dotfiles');
  });
});
