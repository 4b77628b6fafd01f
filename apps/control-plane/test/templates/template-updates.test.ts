import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { projectRoutes } from '@spt-flow/shared/api/projects';
import { templateRoutes } from '@spt-flow/shared/api/templates';
import { workspaceRoutes, type Workspace } from '@spt-flow/shared/api/workspaces';
import type { ParameterValues } from '@spt-flow/shared/domain/template-shape';
import { TEMPLATE_FILE } from '@spt-flow/shared/domain/template-shape';
import type { Principal } from '../../src/lib/principal.ts';
import { useDatabases, type TestDatabase } from '../support/database.ts';
import { seedTenant } from '../workspaces/seed.ts';
import { startTemplatesStage, type TemplatesStage } from './templates-stage.ts';

const V1 = {
  name: 'team',
  displayName: 'Team',
  minCliVersion: '0.2.0',
  settings: {
    size: '${size}',
    environment: { GREETING: '${greeting}', REGION: '${region}', ONCE: '${once}' },
  },
  parameters: [
    { name: 'size', type: 'string', default: 'chat' },
    { name: 'greeting', type: 'string', default: 'hello' },
    { name: 'region', type: 'string', default: 'eu', mutable: false },
    { name: 'once', type: 'string', default: 'no', ephemeral: true },
  ],
  startScript: 'echo "$GREETING from $REGION, once: $ONCE"; echo "$GREETING" >> greetings.txt',
};

const newDatabase = useDatabases();
let database: TestDatabase;
let stage: TemplatesStage;
let admin: Principal;
let call: ReturnType<TemplatesStage['as']>;
let names = 0;

beforeAll(async () => {
  database = await newDatabase();
  stage = await startTemplatesStage(database);
}, 60_000);
beforeEach(async () => {
  admin = { ...(await seedTenant(database.db)).principal, role: 'admin', scope: 'admin' };
  call = stage.as(admin);
  await push({});
});
afterAll(() => stage.close());

const handle = 'team';
const params = { handle };

function push(change: object) {
  const files = [{ path: TEMPLATE_FILE, text: JSON.stringify({ ...V1, ...change }) }];
  return call(templateRoutes.push, { body: { source: { kind: 'files', files }, promote: true } });
}

async function create(values: ParameterValues = {}): Promise<Workspace> {
  const body = { name: `w ${(names += 1)}`, template: { name: handle, values } };
  const { project } = await call(projectRoutes.create, { body });
  if (!project?.workspace) throw new Error('no workspace was made');
  return project.workspace;
}

async function restart(id: string): Promise<void> {
  await call(workspaceRoutes.stop, { params: { handle: id } });
  await stage.machines.untilState(id, 'stopped');
  await call(workspaceRoutes.start, { params: { handle: id } });
  await stage.machines.untilState(id, 'running');
}

async function told(id: string): Promise<string[]> {
  const texts = await stage.machines.logTexts(id, 'start');
  return texts.filter((text) => text.includes('once:'));
}

describe('a workspace of a template', () => {
  it('has its environment and start script, is updated at its next start, and keeps its files', async () => {
    const { id, template } = await create({ greeting: 'hi', once: 'yes' });
    await stage.machines.untilState(id, 'running');

    expect(template).toMatchObject({
      name: 'team',
      version: 1,
      activeVersion: 1,
      minCliVersion: '0.2.0',
    });
    await expect.poll(() => told(id)).toEqual(['hi from eu, once: yes']);
    const [start] = await stage.machines.transitions(id);
    expect(start?.steps.map(({ name }) => name)).toContain('Run the start script');

    await push({
      parameters: V1.parameters.slice(0, 3),
      settings: {
        environment: { GREETING: '${greeting} again', REGION: '${region}', ONCE: 'never' },
      },
    });
    const body = { workspaces: [id] };
    const { updated } = await call(templateRoutes.updateWorkspaces, { params, body });
    expect(updated).toMatchObject([
      { actualState: 'running', template: { version: 2, activeVersion: 2, versionBefore: 1 } },
    ]);
    await restart(id);

    await expect
      .poll(() => told(id))
      .toEqual(['hi from eu, once: yes', 'hi again from eu, once: never']);
    const file = await call(workspaceRoutes.file, {
      params: { handle: id },
      query: { path: 'greetings.txt' },
    });
    expect(file.text).toBe('hi\nhi again\n');
    const env = await call(workspaceRoutes.exec, {
      params: { handle: id },
      body: { command: 'echo "$GREETING"' },
    });
    expect(env.stdout).toBe('hi again\n');
    expect(
      (await stage.machines.transitions(id)).map(({ kind, state }) => `${kind} ${state}`),
    ).toEqual(['start done', 'update done', 'stop done', 'start done']);
  }, 60_000);

  it('is usable when its start script fails, and its timeline says so', async () => {
    await push({ startScript: 'echo trying; exit 3' });
    const { id } = await create();
    await stage.machines.untilState(id, 'running');

    await stage.machines.workspaces.service.settled(id);

    const [start] = await stage.machines.transitions(id);
    expect(start).toMatchObject({ state: 'done' });
    expect(start?.steps).toContainEqual(
      expect.objectContaining({
        name: 'Run the start script',
        state: 'failed',
        detail: 'The start script ended with code 3',
      }),
    );
    await expect.poll(() => stage.machines.logTexts(id, 'start')).toContain('trying');
  });

  it('can be stopped while its start script hangs', async () => {
    await push({ startScript: 'echo hanging; sleep 1000' });
    const { id } = await create();
    await vi.waitFor(
      async () => {
        const [start] = await stage.machines.transitions(id);
        expect(start?.steps.at(-1)?.name).toBe('Run the start script');
      },
      { timeout: 20_000 },
    );

    await call(workspaceRoutes.stop, { params: { handle: id } });

    await stage.machines.untilState(id, 'stopped');
    const [start] = await stage.machines.transitions(id);
    expect(start).toMatchObject({ state: 'failed' });
  });

  it('goes back to what an update replaced, and forth again', async () => {
    const { id } = await create({ greeting: 'hi' });
    await push({ settings: { size: 'devenv' } });
    await call(templateRoutes.updateWorkspaces, { params, body: { workspaces: [id] } });

    const seen = await call(templateRoutes.rollbackImpact, { params: { handle: id } });
    expect(seen).toMatchObject({
      version: 1,
      impact: { fromVersion: 2, effect: 'restart', isDataKept: true, canUpdate: true },
    });
    expect(seen.impact.changes).toContainEqual({
      setting: 'size',
      before: 'devenv',
      after: 'chat',
    });
    const back = await call(templateRoutes.rollback, { params: { handle: id } });

    expect(back.template).toMatchObject({ version: 1, activeVersion: 2, versionBefore: 2 });
    expect((await stage.machines.row(id)).settings).toMatchObject({
      size: 'chat',
      environment: { GREETING: 'hi' },
    });
    const forth = await call(templateRoutes.rollback, { params: { handle: id } });
    expect(forth.template).toMatchObject({ version: 2, versionBefore: 1 });
  });

  it('has nothing to go back to before its first update', async () => {
    const { id } = await create();

    await expect(
      call(templateRoutes.rollbackImpact, { params: { handle: id } }),
    ).rejects.toMatchObject({ code: 'conflict' });
    await expect(call(templateRoutes.rollback, { params: { handle: id } })).rejects.toMatchObject({
      code: 'conflict',
    });
  });
});

describe('the impact of an update', () => {
  it('is told for every workspace, and only those in whose way nothing stands are updated', async () => {
    const good = await create({ greeting: 'hi' });
    const stuck = await create({ greeting: 'far too long a greeting' });
    const [, greeting] = V1.parameters;
    await push({
      parameters: [...V1.parameters.filter((each) => each !== greeting), { ...greeting, max: 10 }],
    });

    const { items, version } = await call(templateRoutes.impact, { params, body: {} });

    expect(version).toBe(2);
    const byId = new Map(items.map((item) => [item.workspaceId, item]));
    expect(byId.get(good.id)).toMatchObject({
      fromVersion: 1,
      effect: 'none',
      canUpdate: true,
      isDataKept: true,
    });
    expect(byId.get(stuck.id)).toMatchObject({
      canUpdate: false,
      problems: [
        {
          parameter: 'greeting',
          reason: 'invalid',
          message: '"greeting" must be at most 10 characters',
        },
      ],
    });
    const body = { workspaces: [good.name, stuck.id] };
    const result = await call(templateRoutes.updateWorkspaces, { params, body });
    expect(result.updated.map(({ id }) => id)).toEqual([good.id]);
    expect(result.refused.map(({ workspaceId }) => workspaceId)).toEqual([stuck.id]);
    expect(
      (await call(workspaceRoutes.get, { params: { handle: stuck.id } })).template,
    ).toMatchObject({ version: 1, activeVersion: 2 });
    expect((await call(templateRoutes.get, { params })).template).toMatchObject({
      workspaceCount: 2,
      outdatedCount: 1,
    });
  });

  it('is told for other values of the same version, of which immutable ones are refused', async () => {
    const { id } = await create();
    const body = { workspaces: [id], values: { size: 'devenv' } };

    expect((await call(templateRoutes.impact, { params, body })).items).toMatchObject([
      { effect: 'restart', changes: [{ setting: 'size', before: 'chat', after: 'devenv' }] },
    ]);
    const immutable = await call(templateRoutes.updateWorkspaces, {
      params,
      body: { ...body, values: { region: 'us' } },
    });
    expect(immutable.refused).toMatchObject([
      { problems: [{ parameter: 'region', reason: 'immutable' }] },
    ]);
    await call(templateRoutes.updateWorkspaces, { params, body });
    expect((await stage.machines.row(id)).settings).toMatchObject({ size: 'devenv' });
  });

  it('is a new workspace when the provider is another, and no update', async () => {
    const { id } = await create();
    await push({ provider: 'docker' });

    const { updated, refused } = await call(templateRoutes.updateWorkspaces, {
      params,
      body: { workspaces: [id] },
    });

    expect(updated).toEqual([]);
    expect(refused).toMatchObject([{ effect: 'recreate', isDataKept: false, canUpdate: false }]);
  });

  it('knows nothing of workspaces that are not of the template', async () => {
    await expect(
      call(templateRoutes.updateWorkspaces, { params, body: { workspaces: ['other'] } }),
    ).rejects.toMatchObject({ code: 'not_found' });
  });

  it('keeps a template that workspaces are made of', async () => {
    await create();

    await expect(call(templateRoutes.remove, { params })).rejects.toMatchObject({
      code: 'template_in_use',
    });
  });
});

describe('a choice', () => {
  it.each([
    [
      { values: { size: 'huge' } },
      'template_values_invalid',
      '"size" makes the setting "size" not valid',
    ],
    [{ values: { colour: 'red' } }, 'template_values_invalid', 'There is no parameter "colour"'],
    [{ preset: 'none' }, 'template_values_invalid', 'There is no preset "none"'],
    [{ version: 9 }, 'not_found', 'The template "team" has no version 9'],
  ])('like %j is refused with what is wrong', async (choice, code, message) => {
    const body = { name: 'x', template: { name: handle, ...choice } };

    await expect(call(projectRoutes.create, { body })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });

  it('is described by a dry run, and nothing is made', async () => {
    const body = {
      name: 'x',
      dryRun: true,
      template: { name: handle, values: { size: 'devenv' } },
    };

    const { project, plan } = await call(projectRoutes.create, { body });

    expect(project).toBeNull();
    expect(plan.steps).toEqual(
      expect.arrayContaining([
        'Use version 1 of the template "team": size devenv, isolation restricted, image of the control plane',
        'Run its start script at every start',
      ]),
    );
  });
});
