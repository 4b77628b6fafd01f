import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openDatabase, type DatabaseConnection } from '@spt-flow/db/client';
import { DEFAULT_SETTINGS } from '@spt-flow/shared/domain/workspace-settings';
import { useDatabases } from '../support/database.ts';
import { latest } from '../support/coder/coder-world.ts';
import { newCoderStage, type CoderStage } from './coder-stage.ts';
import { seedTenant, type Tenant } from '../workspaces/seed.ts';
import {
  newDataDirectory,
  startWorkspacesServer,
  type WorkspacesServer,
} from '../workspaces/workspaces-server.ts';

/** Of two starts. */
const DONE = ['done', 'done'];

const newDatabase = useDatabases();
let connection: DatabaseConnection;
let server: WorkspacesServer;
let tenant: Tenant;
let data: Awaited<ReturnType<typeof newDataDirectory>>;
let stage: CoderStage;

beforeEach(async () => {
  connection = openDatabase((await newDatabase()).target);
  data = await newDataDirectory();
  tenant = await seedTenant(connection.db);
  server = await startWorkspacesServer({
    ...{ db: connection.db, installationId: 'coder-test', dataDirectory: data.path },
    async coder(agents) {
      stage = await newCoderStage(agents);
      return stage.provider;
    },
  });
  await server.workspaces.boot();
});
afterEach(async () => {
  await server.workspaces.close();
  expect(stage.coder.openConnections()).toBe(0);
  const { violations } = stage.coder;
  await stage.close();
  await server.close();
  await connection.close();
  await data.remove();
  expect([violations, stage.errors, server.errors]).toEqual([[], [], []]);
});

function create(parameters: Record<string, string> = {}): Promise<string> {
  return server.create(tenant, {
    provider: 'coder',
    blueprint: {
      ...{ templateId: null, templateVersion: null, nextStart: null, startScript: null },
      values: {},
      settings: { ...DEFAULT_SETTINGS, coder: { template: 'box', parameters } },
    },
  });
}

/** Once nothing is being done about it. */
async function settled(id: string) {
  await server.workspaces.service.settled(id);
  return server.row(id);
}

function exec(id: string, command: string) {
  const options = { command, timeoutSeconds: 20, correlationId: 'test' };
  return server.workspaces.content.exec(id, options);
}

function want(verb: 'start' | 'stop' | 'remove', id: string) {
  return server.workspaces.service[verb](tenant.principal, id, 'test');
}

describe('a workspace on a Coder server', () => {
  it('is made with its parameters, stopped, started with others, and deleted', async () => {
    const id = await create({ cpu: '4' });
    expect(await settled(id)).toMatchObject({ actualState: 'running', failure: null });
    expect((await exec(id, 'git rev-parse --is-inside-work-tree')).stdout).toBe('true\n');
    expect(await server.logTexts(id, 'start')).toEqual(
      expect.arrayContaining(['Coder: Planning infrastructure', 'Terraform 1.12.2']),
    );
    expect(latest(stage.workspace(id))?.parameters).toEqual([{ name: 'cpu', value: '4' }]);
    await exec(id, 'echo mine > kept.txt');

    await want('stop', id);
    expect(await settled(id)).toMatchObject({ actualState: 'stopped' });
    expect(latest(stage.workspace(id))).toMatchObject({ transition: 'stop' });
    await want('start', id);
    expect(await settled(id)).toMatchObject({ actualState: 'running' });
    expect((await exec(id, 'cat kept.txt')).stdout).toBe('mine\n');

    await want('remove', id);
    expect(await settled(id)).toMatchObject({ actualState: 'deleted' });
    expect(latest(stage.workspace(id))).toMatchObject({
      transition: 'delete',
      status: 'succeeded',
    });
  });

  it('tells the words of the provisioner, and is not tried again', async () => {
    stage.coder.world.provisioner.failure = {
      error: 'terraform apply: exit status 1',
      lines: ['Error: creating container: no such image "nope"'],
    };

    const id = await create();
    const row = await settled(id);

    expect(row.actualState).toBe('failed');
    expect(row.failure).toBe(
      'The start in Coder failed: terraform apply: exit status 1: Error: creating container: no such image "nope"',
    );
    expect(await server.logTexts(id, 'start')).toContain(
      'Error: creating container: no such image "nope"',
    );
    const starts = stage.workspace(id).builds.filter(({ transition }) => transition === 'start');
    expect(starts).toHaveLength(1);
  });

  it('says what Coder refuses in its own words', async () => {
    const id = await create({ cpu: '16' });

    expect((await settled(id)).failure).toBe(
      'Coder refuses this: Unable to validate parameters; cpu: value 16 is more than the maximum 8',
    );
  });

  it('stays stopped when somebody stops it in Coder', async () => {
    const id = await create();
    await settled(id);
    stage.coder.world.build(stage.workspace(id), 'stop', { reason: 'autostop' });

    await server.untilState(id, 'stopped');

    expect(await settled(id)).toMatchObject({ desiredState: 'stopped', actualState: 'stopped' });
    expect(await server.logTexts(id, 'start')).toContain(
      'The workspace was stopped in Coder by its schedule',
    );
    expect(latest(stage.workspace(id))).toMatchObject({ transition: 'stop' });
  });

  it('lets its agent in again after a restart in Coder, and goes on without the control plane', async () => {
    const id = await create();
    await settled(id);
    const workspace = stage.workspace(id);
    await workspace.machine.end();
    stage.coder.world.build(workspace, 'start');

    await vi.waitFor(
      async () => expect((await server.transitions(id)).map(({ state }) => state)).toEqual(DONE),
      { timeout: 10_000 },
    );
    expect((await exec(id, 'echo back')).stdout).toBe('back\n');
    await server.workspaces.close();
    expect(latest(workspace)).toMatchObject({ transition: 'start', status: 'succeeded' });
  });

  it('ends a start that nobody wants any more, also while no provisioner is there for it', async () => {
    stage.coder.world.provisioner.isAvailable = false;
    const id = await create();
    await vi.waitFor(async () => {
      const [transition] = await server.transitions(id);
      expect(JSON.stringify(transition?.steps)).toContain('no provisioner is available');
    });

    await server.workspaces.service.cancel(tenant.principal, id, 'test');
    await vi.waitFor(() => expect(stage.workspace(id).builds[0]?.status).toBe('canceled'));
    stage.coder.world.provisioner.isAvailable = true;
    stage.coder.world.changed();

    expect(await settled(id)).toMatchObject({ actualState: 'stopped' });
  });

  it('waits while Coder limits it, restarts or loses its connections, and loses no line of the log', async () => {
    const { world, state, cut } = stage.coder;
    state.limited = 2;
    world.provisioner.isHeld = true;
    const id = await create();
    await vi.waitFor(async () =>
      expect(await server.logTexts(id, 'start')).toContain('Terraform 1.12.2'),
    );
    const build = latest(stage.workspace(id));
    if (!build) throw new Error('no build');
    cut();
    state.isDown = true;
    for (const output of ['one', 'two', 'three']) world.log(build, 'Waiting', { output });
    state.isDown = false;
    world.provisioner.isHeld = false;
    world.changed();

    expect(await settled(id)).toMatchObject({ actualState: 'running' });
    const lines = (await server.logTexts(id, 'start')).filter((text) =>
      /^(one|two|three)$/.test(text),
    );
    expect(lines).toEqual(['one', 'two', 'three']);
  });

  it('says who has to do what when the token is not accepted any more', async () => {
    await vi.waitFor(() => expect(stage.coder.calls).toContain('GET workspaces'));
    stage.coder.state.token = 'another';

    const id = await create();

    expect((await settled(id)).failure).toMatch(/Coder does not accept the token of spt-flow: You/);
  });
});
