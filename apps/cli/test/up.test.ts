import { beforeEach, describe, expect, it } from 'vitest';
import { authRoutes } from '@spt-flow/shared/api/auth';
import { projectRoutes } from '@spt-flow/shared/api/projects';
import { workspaceRoutes } from '@spt-flow/shared/api/workspaces';
import { useCliStage } from './support/cli-stage.ts';
import { createLiveStage, type LiveStage } from './support/live-stage.ts';
import {
  logLine,
  ME,
  ORGANIZATION_ID,
  project,
  REPOSITORY_URL,
  step,
  transition,
  workspace,
  WORKSPACE_ID,
} from './support/fixtures.ts';
import { Failure } from './support/test-server.ts';

const cli = useCliStage();
const TOPIC = `organization:${ORGANIZATION_ID}`;
const LOGS = `logs:${WORKSPACE_ID}`;
const LATER = '2026-01-02T03:04:06.000Z';
const UP = ['up', REPOSITORY_URL];

let stage: LiveStage;
let onSubscribe: (topic: string) => void;

beforeEach(() => {
  onSubscribe = () => undefined;
  stage = createLiveStage(cli.server, ({ topic }) => onSubscribe(topic));
  cli.server.on(authRoutes.me, () => ME);
  cli.server.on(projectRoutes.list, () => ({ items: [], nextCursor: null }));
  cli.server.on(projectRoutes.create, () => ({ project: project(), plan: { steps: [] } }));
});

function steps(...told: ReturnType<typeof step>[]): void {
  stage.emit(TOPIC, {
    type: 'transition.changed',
    workspaceId: WORKSPACE_ID,
    transition: transition(told),
  });
}

function runs(): void {
  stage.emit(TOPIC, { type: 'workspace.changed', workspace: workspace({ stateSince: LATER }) });
}

/** Plays once the command follows the log, which it does last. */
function play(script: () => void): void {
  onSubscribe = (topic) => {
    if (topic !== LOGS) return;
    onSubscribe = () => undefined;
    script();
  };
}

describe('up', () => {
  it('shows the steps and the log as lines and ends with what to do next', async () => {
    play(() => {
      steps(step('Clone repository', 'running'));
      stage.emit(LOGS, {
        type: 'log',
        line: logLine(1, { source: 'start', text: 'Receiving objects' }),
      });
      stage.emit(LOGS, {
        type: 'log',
        line: logLine(2, { source: 'agent', level: 'debug', text: 'exec 00-0af7' }),
      });
      steps(step('Clone repository', 'done'), step('Start agent', 'running'));
      runs();
    });

    const { exitCode, stdout, stderr } = await cli.run(UP);

    expect(exitCode).toBe(0);
    expect(stderr).toBe(
      '… Clone repository\n  Receiving objects\n✓ Clone repository  1.2 s\n… Start agent\n',
    );
    expect(stdout).toContain("Workspace 'demo' is running\n  spt-flow ssh demo");
    expect(stdout).toContain('http://demo.preview.localhost:8080/');
  });

  it('says of a step that failed and kept nobody out what to do', async () => {
    play(() => {
      steps(step('Run the start script', 'failed'));
      runs();
    });

    const { exitCode, stderr } = await cli.run(UP);

    expect(exitCode).toBe(0);
    expect(stderr).toContain(
      '"Run the start script" failed; the workspace can be used. See: spt-flow logs demo',
    );
  });

  it('asks for the place where it is to run', async () => {
    const bodies: unknown[] = [];
    cli.server.on(projectRoutes.create, ({ body }) => {
      bodies.push(body);
      return { project: null, plan: { steps: [] } };
    });

    await cli.run([...UP, '--provider', 'kubernetes', '--dry-run']);
    await cli.run([...UP, '--on-server', 'build-1', '--dry-run']);
    const { exitCode, stderr } = await cli.run([...UP, '--provider', 'moon']);

    expect(bodies).toMatchObject([{ provider: 'kubernetes' }, { server: 'build-1' }]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('local, docker, kubernetes');
  });

  it('rewrites the steps where they stand on a terminal', async () => {
    play(() => {
      steps(step('Clone repository', 'running'));
      steps(step('Clone repository', 'done'), step('Start agent', 'running'));
      runs();
    });

    const { stderr } = await cli.run(UP, { tty: true, env: { NO_COLOR: '1' } });

    expect(stderr).toBe(
      '… Clone repository\n\x1b[1A\x1b[J✓ Clone repository  1.2 s\n… Start agent\n',
    );
  });

  it('names the project after the repository, and prints only JSON when asked', async () => {
    cli.server.on(projectRoutes.create, ({ body }) => {
      expect(body).toEqual({ name: 'demo', repositoryUrl: REPOSITORY_URL, dryRun: false });
      return { project: project(), plan: { steps: [] } };
    });
    play(runs);

    const { stdout } = await cli.run([...UP, '--output', 'json']);

    expect(JSON.parse(stdout)).toMatchObject({
      project: { slug: 'demo' },
      workspace: { actualState: 'running' },
    });
  });

  it('misses nothing and shows nothing twice when the connection breaks', async () => {
    play(() => {
      steps(step('Clone repository', 'running'));
      stage.emit(LOGS, { type: 'log', line: logLine(1, { text: 'before' }) });
      stage.breakConnections();
      stage.emit(LOGS, { type: 'log', line: logLine(2, { text: 'meanwhile' }) });
      steps(step('Clone repository', 'done'));
      onSubscribe = (topic) => {
        if (topic !== LOGS) return;
        stage.emit(LOGS, { type: 'log', line: logLine(3, { text: 'after' }) });
        runs();
      };
    });

    const { exitCode, stderr } = await cli.run(UP);

    expect(exitCode).toBe(0);
    const said = stderr.split('\n').map((line) => line.trim());
    expect(said.filter((line) => ['before', 'meanwhile', 'after'].includes(line))).toEqual([
      'before',
      'meanwhile',
      'after',
    ]);
    expect(said.filter((line) => line.startsWith('✓'))).toEqual(['✓ Clone repository  1.2 s']);
    expect(stderr).toContain('Connection lost');
    expect(stderr).toContain('Connected again');
  });

  it('asks for the present state when the past of the events is gone', async () => {
    cli.server.on(workspaceRoutes.get, () => workspace({ stateSince: LATER }));
    play(() => stage.reset(TOPIC));

    expect((await cli.run(UP)).exitCode).toBe(0);
  });

  it('leaves the rest to the server at Ctrl-C, and says how to follow it', async () => {
    const interruption = new AbortController();
    play(() => steps(step('Clone repository', 'running')));

    const { exitCode, stdout, stderr } = await cli.run(UP, {
      signal: interruption.signal,
      onStderr: (text) => text.includes('Clone') && interruption.abort(),
    });

    expect(exitCode).toBe(130);
    expect(stdout).toBe('');
    expect(stderr).toContain("The work on 'demo' goes on without you");
    expect(stderr).toContain('spt-flow logs demo --follow');
    expect(cli.server.requests.filter((request) => request.startsWith('DELETE'))).toEqual([]);
  });

  it('says at Ctrl-C where to look when the server was asked and did not answer yet', async () => {
    const interruption = new AbortController();
    cli.server.on(projectRoutes.create, () => {
      interruption.abort();
      return new Promise(() => undefined);
    });

    const { exitCode, stderr } = await cli.run(UP, { signal: interruption.signal });

    expect(exitCode).toBe(130);
    expect(stderr).toContain('may be made all the same\n  See: spt-flow list');
  });

  it('ends with the words of the provider when it fails', async () => {
    play(() => {
      steps(step('Clone repository', 'failed', 'host git.example.com not found'));
      stage.emit(TOPIC, {
        type: 'workspace.changed',
        workspace: workspace({
          actualState: 'failed',
          stateSince: LATER,
          failure: 'The repository could not be cloned',
        }),
      });
    });

    const { exitCode, stderr } = await cli.run(UP);

    expect(exitCode).toBe(1);
    expect(stderr).toContain('✗ Clone repository');
    expect(stderr).toContain('Error: The repository could not be cloned');
    expect(stderr).toContain('host git.example.com not found');
  });

  it('tells the server how much of the repository to clone, and refuses what git would', async () => {
    const bodies: unknown[] = [];
    cli.server.on(projectRoutes.create, ({ body }) => {
      bodies.push(body);
      return { project: project(), plan: { steps: [] } };
    });
    const options = ['--branch', 'next', '--depth', '1', '--partial', '--no-submodules'];

    expect((await cli.run([...UP, ...options, '--no-wait'])).exitCode).toBe(0);
    expect(bodies).toMatchObject([
      { clone: { ref: 'next', depth: 1, partial: true, submodules: false } },
    ]);
    for (const bad of [['--branch', 'a..b'], ['--branch=--upload-pack=x'], ['--depth', '0']])
      expect((await cli.run([...UP, ...bad])).exitCode).toBe(2);
    expect(bodies).toHaveLength(1);
  });

  it('does not wait when told', async () => {
    const { exitCode, stdout } = await cli.run([...UP, '--no-wait']);

    expect(exitCode).toBe(0);
    expect(stdout).toContain("Workspace 'demo' is created");
    expect(cli.server.requests).not.toContain('WS /api/v1/live');
  });

  it('changes nothing in a dry run', async () => {
    cli.server.on(projectRoutes.create, ({ body }) => {
      expect(body['dryRun']).toBe(true);
      return { project: null, plan: { steps: ['Create the project', 'Clone it'] } };
    });

    const { stdout, stderr } = await cli.run([...UP, '--dry-run']);

    expect(stdout).toBe('1. Create the project\n2. Clone it\n');
    expect(stderr).toContain('Nothing was changed');
  });

  it('refuses an address with a password, and does not repeat it', async () => {
    const url = REPOSITORY_URL.replace('://', '://me:secret@');

    const { exitCode, stderr } = await cli.run(['up', '--repo-url', url]);

    expect(exitCode).toBe(2);
    expect(stderr).toContain('without a password or token in it');
    expect(stderr).not.toContain('secret');
    expect(cli.server.requests).toEqual([]);
  });

  it('starts the project that has this repository already', async () => {
    cli.server.on(projectRoutes.list, () => ({
      items: [project({ repositoryUrl: REPOSITORY_URL })],
      nextCursor: null,
    }));
    cli.server.on(workspaceRoutes.start, () => workspace());

    const { exitCode } = await cli.run(UP);

    expect(exitCode).toBe(0);
    expect(cli.server.requests).toContain(`POST /api/v1/workspaces/${WORKSPACE_ID}/start`);
    expect(cli.server.requests).not.toContain('POST /api/v1/projects');
  });

  it('shows only what is new in the log of a workspace that was there before', async () => {
    cli.server.on(projectRoutes.list, () => ({
      items: [project({ repositoryUrl: REPOSITORY_URL })],
      nextCursor: null,
    }));
    cli.server.on(workspaceRoutes.start, () => workspace({ actualState: 'starting' }));
    stage.emit(LOGS, { type: 'log', line: logLine(1, { text: 'of last week' }) });
    play(() => {
      stage.emit(LOGS, { type: 'log', line: logLine(2, { text: 'of now' }) });
      runs();
    });

    const { exitCode, stderr } = await cli.run(UP);

    expect(exitCode).toBe(0);
    expect(stderr).toContain('of now');
    expect(stderr).not.toContain('of last week');
  });

  it('prefers a project that still has its workspace', async () => {
    const left = project({ repositoryUrl: REPOSITORY_URL, workspace: null });
    cli.server.on(projectRoutes.list, () => ({
      items: [left, project({ repositoryUrl: REPOSITORY_URL })],
      nextCursor: null,
    }));
    cli.server.on(workspaceRoutes.start, () => workspace());

    expect((await cli.run(UP)).exitCode).toBe(0);
    expect(cli.server.requests).not.toContain('POST /api/v1/projects');
  });

  it('makes another project under another name', async () => {
    cli.server.on(projectRoutes.list, () => ({ items: [project()], nextCursor: null }));

    await cli.run([...UP, '--name', 'second', '--no-wait']);

    expect(cli.server.requests).toContain('POST /api/v1/projects');
  });

  it('takes everything from variables too', async () => {
    const { exitCode } = await cli.run(['up'], {
      env: { SPT_FLOW_REPO_URL: REPOSITORY_URL, SPT_FLOW_NO_WAIT: 'yes' },
    });

    expect(exitCode).toBe(0);
  });

  it('shows the refusal of the server with its next step', async () => {
    cli.server.on(projectRoutes.create, () => {
      throw new Failure('limit_reached', 'You have 10 projects, which is the limit');
    });

    const { exitCode, stderr } = await cli.run(UP);

    expect(exitCode).toBe(1);
    expect(stderr).toContain('You have 10 projects');
    expect(stderr).toContain('Try: spt-flow list');
  });

  it('ends when the events are refused', async () => {
    cli.server.onLive((socket) => {
      socket.on('message', () =>
        socket.send(JSON.stringify({ type: 'refused', topic: TOPIC, code: 'not_permitted' })),
      );
    });

    expect((await cli.run(UP)).exitCode).toBe(1);
    expect(cli.server.requests).not.toContain('POST /api/v1/projects');
  });

  it('is not led astray by messages that are none of the contract', async () => {
    play(() => {
      stage.say('no json');
      stage.say('{"type":"event","topic":"organization:x","cursor":"many"}');
      stage.say(
        JSON.stringify({
          type: 'event',
          topic: TOPIC,
          cursor: 9,
          at: LATER,
          event: { type: 'of.the.future' },
        }),
      );
      runs();
    });

    expect((await cli.run(UP)).exitCode).toBe(0);
  });
});
