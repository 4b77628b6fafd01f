import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serveGit, type GitServer } from '../support/git-server.ts';
import { useLifecycle } from '../workspaces/lifecycle.ts';

const APPLY = 'Apply your dotfiles';

describe('dotfiles', () => {
  const context = useLifecycle();
  let git: GitServer;
  let links: string;
  let broken: string;
  let endless: string;

  beforeAll(async () => {
    git = await serveGit();
    links = (await git.add('links', { '.bashrc': 'alias hi=hello\n', '.vimrc': 'set nu\n' })).url;
    ({ url: broken } = await git.add('broken', {
      'install.sh': '#!/bin/sh\necho "half way"\nexit 3\n',
      'bin/setup': '#!/bin/sh\necho once >> "$HOME/runs"\n',
    }));
    ({ url: endless } = await git.add('endless', { 'install.sh': '#!/bin/sh\nsleep 600\n' }));
  });
  afterAll(() => git.close());

  const set = (repositoryUrl: string, installScript: string | null = null) =>
    context.server.dotfiles.put(context.tenant.principal, { repositoryUrl, installScript }, 'd-1');

  async function steps(id: string) {
    const transitions = await context.server.transitions(id);
    return transitions.at(-1)?.steps.map(({ name, state, detail }) => ({ name, state, detail }));
  }

  async function startAgain(id: string): Promise<void> {
    const { service } = context.server.workspaces;
    await service.stop(context.tenant.principal, id, 'stop-1');
    await context.server.untilState(id, 'stopped');
    await service.start(context.tenant.principal, id, 'start-1');
    await service.ensureReady(id, { correlationId: 'start-1' });
  }

  it('without a program are linked into the home directory; what was there is kept', async () => {
    await set(links);
    const id = await context.running();

    const { stdout } = await context.exec(
      id,
      'cat ~/.bashrc ~/.vimrc; test -f ~/.bashrc.before-dotfiles && echo kept; ls -A .',
    );
    expect(stdout).toBe('alias hi=hello\nset nu\nkept\n.git\n');
    expect(await steps(id)).toContainEqual({ name: APPLY, state: 'done', detail: null });
    expect(await context.server.logTexts(id)).toContain('Linked .vimrc');
  });

  it('have their program run once, not at every start', async () => {
    await set(broken, 'bin/setup');
    const id = await context.running();
    await startAgain(id);
    expect((await context.exec(id, 'cat ~/runs')).stdout).toBe('once\n');
  });

  it.each([
    ['a program that fails', () => broken, null, 'Applying the dotfiles ended with code 3'],
    ['a program that is missing', () => broken, 'none.sh', /ended with code 1$/],
    ['a repository that is missing', () => `${git.url}/none.git`, null, /ended with code 128$/],
  ])('with %s are a warning, and the workspace runs', async (_, url, script, detail) => {
    await set(url(), script);
    const id = await context.running();

    const failed = (await steps(id))?.find(({ name }) => name === APPLY);
    expect(failed).toMatchObject({ state: 'failed' });
    expect(failed?.detail).toMatch(detail);
    expect((await context.server.row(id)).actualState).toBe('running');
    expect(await context.server.logTexts(id)).toContain(failed?.detail);
  });

  it('that never end are ended', async () => {
    await context.server.close();
    await context.restart({ dotfilesSeconds: 1 });
    await set(endless);
    const id = await context.running();
    expect((await steps(id))?.find(({ name }) => name === APPLY)?.detail).toBe(
      'Applying the dotfiles was ended after 1 seconds',
    );
  });
});
