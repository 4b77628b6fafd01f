import { beforeEach, describe, expect, it } from 'vitest';
import { authRoutes } from '@spt-flow/shared/api/auth';
import { tokenRoutes } from '@spt-flow/shared/api/tokens';
import { healthRoutes } from '@spt-flow/shared/api/health';
import { projectRoutes } from '@spt-flow/shared/api/projects';
import { workspaceRoutes } from '@spt-flow/shared/api/workspaces';
import { useCliStage } from './support/cli-stage.ts';
import { createLiveStage } from './support/live-stage.ts';
import { ME, ORGANIZATION_ID, project, step, transition, workspace } from './support/fixtures.ts';
import { run } from './support/run.ts';
import { startTestServer } from './support/test-server.ts';

const cli = useCliStage();
const AT = '2026-01-02T03:04:05.000Z';
const LATER = '2026-01-02T03:04:06.000Z';

beforeEach(() => {
  cli.server.on(authRoutes.me, () => ME);
  cli.server.on(workspaceRoutes.get, () => workspace());
  cli.server.on(workspaceRoutes.list, () => ({ items: [workspace()], nextCursor: null }));
});

describe('list', () => {
  it('shows name, state and owner', async () => {
    const { exitCode, stdout, stderr } = await cli.run(['list']);

    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toBe(
      'NAME  STATE    SINCE (UTC)       PROVIDER  OWNER  TEMPLATE\n' +
        'demo  running  2026-01-02 03:04  local     Ada    -\n',
    );
  });

  it('says so when a running workspace is not connected', async () => {
    const agent = {
      ...{ online: false, lastSeenAt: null, version: null, rssBytes: null, address: null },
      quarantined: false,
    };
    cli.server.on(workspaceRoutes.list, () => ({
      items: [workspace({ agent })],
      nextCursor: null,
    }));

    expect((await cli.run(['list'])).stdout).toContain('running, not connected');
  });

  it('follows the pages to the end', async () => {
    cli.server.on(workspaceRoutes.list, ({ query }) =>
      query['cursor'] === 'second'
        ? { items: [workspace({ name: 'two' })], nextCursor: null }
        : { items: [workspace({ name: 'one' })], nextCursor: 'second' },
    );

    const { stdout } = await cli.run(['list', '--output', 'json']);

    expect(JSON.parse(stdout)).toMatchObject([{ name: 'one' }, { name: 'two' }]);
  });

  it('ends when the server repeats its cursor for ever', async () => {
    cli.server.on(workspaceRoutes.list, () => ({ items: [workspace()], nextCursor: 'same' }));

    expect((await cli.run(['list'])).exitCode).toBe(0);
  });

  it('says what to do when there is nothing, and prints no text but JSON when asked', async () => {
    cli.server.on(workspaceRoutes.list, () => ({ items: [], nextCursor: null }));

    const text = await cli.run(['list']);
    const json = await cli.run(['list', '--output', 'json']);

    expect(text.stdout).toBe('');
    expect(text.stderr).toContain('spt-flow up <git url>');
    expect(json.stdout).toBe('[]\n');
  });

  it('lets no name steer the terminal', async () => {
    cli.server.on(workspaceRoutes.list, () => ({
      items: [workspace({ name: 'a\x1b]0;title\x07b\x1b[2J\rc\x9b1m' })],
      nextCursor: null,
    }));

    const { stdout } = await cli.run(['list']);

    expect(stdout).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
  });
});

describe('version', () => {
  it.each([
    ['0.1.0', ''],
    ['0.1.9', ''],
    ['0.2.0', 'Warning: this program is 0.1.0 and the server 0.2.0'],
    ['1.1.0', 'Warning: this program is 0.1.0 and the server 1.1.0'],
  ])('of server %s warns: "%s"', async (version, warning) => {
    cli.server.on(healthRoutes.version, () => ({ version }));

    const { exitCode, stdout, stderr } = await cli.run(['version', '--output', 'json']);

    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ cli: '0.1.0', server: { url: cli.server.url, version } });
    expect(stderr).toContain(warning);
    expect(stderr === '').toBe(warning === '');
  });

  it('is told without a server too', async () => {
    const gone = await startTestServer();
    await gone.close();
    const { url } = gone;

    const { exitCode, stdout } = await run(['--version', '--server', url], { home: cli.home });

    expect(exitCode).toBe(0);
    expect(stdout).toBe(`spt-flow 0.1.0\nno answer from ${url}\n`);
  });
});

describe('open', () => {
  beforeEach(() => cli.server.on(projectRoutes.get, () => project()));

  it.each([
    { args: [], tty: true, count: 1 },
    { args: ['--no-browser'], tty: true, count: 0 },
    { args: ['--output', 'json'], tty: true, count: 0 },
    { args: [], tty: false, count: 0 },
  ])('opens $count pages with $args, tty $tty', async ({ args, tty, count }) => {
    const { stdout, opened } = await cli.run(['open', 'demo', ...args], { tty });

    expect(opened).toHaveLength(count);
    expect(stdout).toContain('http://demo.preview.localhost:8080/');
  });

  it('starts a workspace that is stopped before it shows the address', async () => {
    createLiveStage(cli.server);
    cli.server.on(workspaceRoutes.get, () => workspace({ actualState: 'stopped' }));
    cli.server.on(workspaceRoutes.start, () => workspace());

    const { stdout, stderr } = await cli.run(['open', 'demo']);

    expect(stderr).toContain('The workspace is stopped, starting it…');
    expect(stdout).toContain('http://demo.preview.localhost:8080/');
  });
});

describe('start and stop', () => {
  it.each([
    ['start', workspaceRoutes.start, 'stopped', 'running'],
    ['stop', workspaceRoutes.stop, 'running', 'stopped'],
  ] as const)('%s waits for the event that says so', async (verb, route, from, to) => {
    const stage = createLiveStage(cli.server);
    cli.server.on(route, () => {
      setImmediate(() => {
        stage.emit(`organization:${ORGANIZATION_ID}`, {
          type: 'workspace.changed',
          workspace: workspace({ actualState: to, stateSince: LATER }),
        });
      });
      return workspace({ actualState: from });
    });

    const { exitCode, stdout } = await cli.run([verb, 'demo']);

    expect(exitCode).toBe(0);
    expect(stdout).toBe(`Workspace 'demo' is ${to}\n`);
  });

  it('do not wait when told', async () => {
    cli.server.on(workspaceRoutes.stop, () => workspace({ actualState: 'stopping' }));

    const { stdout } = await cli.run(['stop', 'demo', '--no-wait', '--output', 'json']);

    expect(JSON.parse(stdout).actualState).toBe('stopping');
  });

  it('start shows what failed in the words of the provider, not an older failure', async () => {
    const stage = createLiveStage(cli.server);
    const topic = `organization:${ORGANIZATION_ID}`;
    cli.server.on(workspaceRoutes.start, () => {
      setImmediate(() => {
        stage.emit(topic, {
          type: 'workspace.changed',
          workspace: workspace({ actualState: 'failed', failure: 'old', stateSince: AT }),
        });
        stage.emit(topic, {
          type: 'transition.changed',
          workspaceId: workspace().id,
          transition: transition([step('Start agent', 'failed', 'exit code 127')]),
        });
        stage.emit(topic, {
          type: 'workspace.changed',
          workspace: workspace({
            actualState: 'failed',
            failure: 'No space left on the machine',
            stateSince: LATER,
          }),
        });
      });
      return workspace({ actualState: 'failed', failure: 'old' });
    });

    const { exitCode, stdout, stderr } = await cli.run(['start', 'demo']);

    expect(exitCode).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain('Error: No space left on the machine');
    expect(stderr).toContain('  Failed at: Start agent: exit code 127\n');
    expect(stderr).toContain('Try: spt-flow logs demo');
  });
});

describe('delete', () => {
  beforeEach(() =>
    cli.server.on(workspaceRoutes.remove, () => workspace({ actualState: 'deleting' })),
  );

  it('refuses where nobody can be asked', async () => {
    const { exitCode, stderr } = await cli.run(['delete', 'demo']);

    expect(exitCode).toBe(2);
    expect(stderr).toContain('Try: spt-flow delete demo --yes');
    expect(cli.server.requests.filter((request) => request.startsWith('DELETE'))).toEqual([]);
  });

  it.each(['', 'dem\n', 'demo2\n', 'yes\n'])('deletes nothing for the answer %j', async (stdin) => {
    const { exitCode, stderr } = await cli.run(['delete', 'demo'], { tty: true, stdin });

    expect(exitCode).toBe(1);
    expect(stderr).toContain('Lost: ');
    expect(stderr).toContain('Nothing was deleted');
    expect(cli.server.requests.filter((request) => request.startsWith('DELETE'))).toEqual([]);
  });

  it.each([
    { args: ['--yes'], tty: false, stdin: '' },
    { args: [], tty: true, stdin: 'demo\n' },
  ])('deletes with $args, tty $tty, answer "$stdin"', async ({ args, tty, stdin }) => {
    const { exitCode } = await cli.run(['delete', 'demo', '--no-wait', ...args], { tty, stdin });

    expect(exitCode).toBe(0);
    expect(cli.server.requests.at(-1)).toMatch(/^DELETE \/api\/v1\/workspaces\//);
  });
});

describe('token', () => {
  const CREATED = {
    id: '0195f6f6-2f5c-7f0e-8d26-0d3a7f6f1c55',
    name: 'ci',
    scope: 'read',
    createdAt: AT,
    expiresAt: null,
    lastUsedAt: null,
  };

  it('create prints only the token on stdout, so that it can go into a file', async () => {
    cli.server.on(tokenRoutes.createToken, ({ body }) => {
      expect(body).toEqual({ name: 'ci', scope: 'read', expiresInDays: 7 });
      return { ...CREATED, token: 'spt_shown_once' };
    });

    const { stdout } = await cli.run([
      'token',
      'create',
      'ci',
      '--scope',
      'read',
      '--expires-in-days',
      '7',
    ]);

    expect(stdout).toBe('spt_shown_once\n');
  });

  it('list shows tokens without values', async () => {
    cli.server.on(tokenRoutes.listTokens, () => ({ items: [CREATED] }));

    expect((await cli.run(['token', 'list'])).stdout).toContain('ci    read   never    never');
  });

  it('revoke revokes by id', async () => {
    cli.server.on(tokenRoutes.revokeToken, () => ({}));

    expect((await cli.run(['token', 'revoke', CREATED.id])).exitCode).toBe(0);
    expect(cli.server.requests).toEqual([`DELETE /api/v1/tokens/${CREATED.id}`]);
  });

  it('without a verb shows its help as wrong usage', async () => {
    const { exitCode, stderr } = await cli.run(['token']);

    expect(exitCode).toBe(2);
    expect(stderr).toContain('revoke <id>');
  });
});
