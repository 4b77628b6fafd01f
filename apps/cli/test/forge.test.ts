import { forgeRoutes, type ForgeLink, type ForgeStatus } from '@spt-flow/shared/api/forge';
import { describe, expect, it } from 'vitest';
import { useCliStage } from './support/cli-stage.ts';

const LINK: ForgeLink = {
  ...{ kind: 'gitlab', state: 'diverged', url: 'https://gitlab.example/flow/acme/demo' },
  cloneUrl: 'https://gitlab.example/flow/acme/demo.git',
  detail: 'main changed here and in GitLab\u001b[31m: run git merge gitlab/main',
  ...{ diverged: ['main'], isTold: true, syncedAt: null, dueAt: null },
};
const STATUS: ForgeStatus = {
  ...{ kind: 'gitlab', state: 'failing', url: 'https://gitlab.example', version: null },
  ...{ scopes: [], tokenExpiresOn: null, problem: 'The token of GitLab lacks the scope api' },
  ...{ lastHookAt: null, projects: { synced: 1, waiting: 2, failing: 0, diverged: 1 } },
};

describe('forge', () => {
  const stage = useCliStage();
  const signedIn = (...args: string[]) => stage.run(['forge', ...args]);

  it('status tells what is wrong with the connection, and how many projects wait', async () => {
    stage.server.on(forgeRoutes.status, () => STATUS);

    const { stdout } = await signedIn('status');

    expect(stdout).toMatch(/Forge +GitLab, not usable/);
    expect(stdout).toMatch(/Projects +1 carried, 2 waiting, 0 failing, 1 to merge/);
    expect(stdout).toMatch(/Problem +The token of GitLab lacks the scope api/);
  });

  it('status, sync and run of a project tell where it is and what to do', async () => {
    stage.server.on(forgeRoutes.link, () => LINK);
    stage.server.on(forgeRoutes.sync, () => LINK);
    const branches: unknown[] = [];
    stage.server.on(forgeRoutes.startPipeline, ({ body }) => {
      branches.push(body['branch']);
      return {
        pipelineId: '0195f6f6-0000-7000-8000-000000000009',
        url: 'https://gitlab.example/1',
      };
    });

    expect((await signedIn('status', 'demo')).stdout).toMatch(/To do +main changed here/);
    expect((await signedIn('status', 'demo')).stdout).not.toContain('\u001b');
    expect((await signedIn('sync', 'demo')).stderr).toContain('spt-flow forge status demo');
    expect((await signedIn('run', 'demo', '--branch', 'fix')).stdout).toBe(
      'Started: https://gitlab.example/1\n',
    );
    expect(branches).toEqual(['fix']);
  });
});
