import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eq } from 'drizzle-orm';
import { auditLog } from '@spt-flow/db/schema';
import { templateCatalogRoutes } from '@spt-flow/shared/api/template-catalog';
import { templateRoutes } from '@spt-flow/shared/api/templates';
import { projectRoutes } from '@spt-flow/shared/api/projects';
import { TEMPLATE_FILE } from '@spt-flow/shared/domain/template-shape';
import type { Principal } from '../../src/lib/principal.ts';
import { useDatabases, type TestDatabase } from '../support/database.ts';
import { seedTenant, type Tenant } from '../workspaces/seed.ts';
import { serveGit, type GitServer } from '../support/git-server.ts';
import { startTemplatesStage, type TemplatesStage } from './templates-stage.ts';

const SIZE = {
  name: 'size',
  type: 'string',
  default: 'chat',
  options: [{ value: 'chat' }, { value: 'devenv' }],
};

const newDatabase = useDatabases();
let database: TestDatabase;
let stage: TemplatesStage;
let tenant: Tenant;
let admin: Principal;
let call: ReturnType<TemplatesStage['as']>;

beforeAll(async () => {
  database = await newDatabase();
  stage = await startTemplatesStage(database);
}, 60_000);
beforeEach(async () => {
  tenant = await seedTenant(database.db);
  admin = { ...tenant.principal, role: 'admin', scope: 'admin' };
  call = stage.as(admin);
});
afterAll(() => stage.close());

function filesOf(definition: object, readme = '# Team\n') {
  const text = JSON.stringify({ name: 'team', displayName: 'Team', ...definition });
  return {
    kind: 'files' as const,
    files: [
      { path: TEMPLATE_FILE, text },
      { path: 'README.md', text: readme },
    ],
  };
}

function push(definition: object = {}, more: { promote?: boolean; message?: string } = {}) {
  return call(templateRoutes.push, { body: { source: filesOf(definition), ...more } });
}

const team = { handle: 'team' };

describe('built-in templates', () => {
  it('are there for every organization, valid, and the same when asked again', async () => {
    const first = await call(templateRoutes.list, { query: {} });
    const again = await call(templateRoutes.list, { query: {} });

    expect(first.items.map(({ name }) => name).sort()).toEqual([
      'go',
      'node-react',
      'python-flask',
      'static-site',
    ]);
    expect(first.items.every((item) => item.isBuiltIn && item.activeVersion === 1)).toBe(true);
    expect(again).toEqual(first);
  });

  it('stay, but can be deprecated, and then nothing new is made of them', async () => {
    const params = { handle: 'go' };

    await expect(call(templateRoutes.remove, { params })).rejects.toMatchObject({
      code: 'conflict',
    });
    await call(templateRoutes.update, { params, body: { deprecation: 'Use our own' } });
    const body = { name: 'x', dryRun: true, template: { name: 'go' } };

    await expect(call(projectRoutes.create, { body })).rejects.toMatchObject({
      code: 'template_deprecated',
      message: '"go" is deprecated: Use our own',
    });
    await call(templateRoutes.update, { params, body: { deprecation: null } });
    expect((await call(projectRoutes.create, { body })).plan.steps).toContain(
      'Use version 1 of the template "go": size chat, isolation restricted, image of the control plane',
    );
  });
});

describe('a pushed template', () => {
  it('is a first version that is active; later ones wait to be promoted', async () => {
    const first = await push({}, { message: 'first' });
    const second = await push({ displayName: 'The team' });

    expect(first).toMatchObject({
      template: { name: 'team', activeVersion: 1, isBuiltIn: false },
      version: {
        number: 1,
        message: 'first',
        source: { kind: 'files' },
        createdByName: 'Dana Developer',
      },
    });
    expect(second.template).toMatchObject({
      displayName: 'Team',
      activeVersion: 1,
      latestVersion: 2,
    });

    const promoted = await call(templateRoutes.update, {
      params: team,
      body: { activeVersion: 2 },
    });

    expect(promoted).toMatchObject({ displayName: 'The team', activeVersion: 2 });
    const details = await call(templateRoutes.get, { params: team });
    expect(details.active).toMatchObject({
      number: 2,
      readme: '# Team\n',
      definition: { displayName: 'The team' },
    });
    const { items } = await call(templateRoutes.versions, { params: team, query: {} });
    expect(items.map(({ number }) => number)).toEqual([2, 1]);
  });

  it('gives each of many versions that are pushed at once a number of its own', async () => {
    const pushed = await Promise.all(Array.from({ length: 5 }, () => push()));

    expect(pushed.map(({ version }) => version.number).sort()).toEqual([1, 2, 3, 4, 5]);
  });

  it('is refused with every problem and where it is', async () => {
    const settings = { size: '${sise}' };

    await expect(
      push({ settings, parameters: [SIZE, { ...SIZE, default: 'huge' }] }),
    ).rejects.toMatchObject({
      code: 'template_invalid',
      details: {
        issues: [
          { path: ['parameters', '1', 'name'], message: '"size" is there twice' },
          {
            path: ['parameters', '1', 'default'],
            message: expect.stringContaining('must be one of'),
          },
          {
            path: ['settings', 'size'],
            message: expect.stringContaining('"sise", which is no parameter'),
          },
        ],
      },
    });
  });

  it.each([
    ['../spt-flow-template.json', 'validation_failed'],
    ['/etc/passwd', 'validation_failed'],
    ['a/../../b', 'validation_failed'],
    ['a\\b', 'validation_failed'],
    ['other.json', 'template_invalid'],
  ])('is refused when its only file is %s', async (path, code) => {
    const source = { kind: 'files' as const, files: [{ path, text: '{}' }] };

    await expect(call(templateRoutes.push, { body: { source } })).rejects.toMatchObject({ code });
  });

  it.each([
    ['no JSON', [{ path: TEMPLATE_FILE, text: '{' }], 'template_invalid'],
    [
      'a file twice',
      [TEMPLATE_FILE, TEMPLATE_FILE].map((path) => ({ path, text: '{}' })),
      'template_invalid',
    ],
    [
      'a file that is too large',
      [{ path: TEMPLATE_FILE, text: ' '.repeat(300_000) }],
      'validation_failed',
    ],
    [
      'too many files',
      Array.from({ length: 51 }, (_, index) => ({ path: `${index}`, text: '' })),
      'validation_failed',
    ],
  ])('is refused with %s', async (_what, files, code) => {
    const source = { kind: 'files' as const, files };

    await expect(call(templateRoutes.push, { body: { source } })).rejects.toMatchObject({ code });
  });

  it('keeps its active version from being archived, and archived ones from being used', async () => {
    await push();
    await push();
    const archive = (number: number, archived = true) =>
      call(templateRoutes.archive, { params: { ...team, number }, body: { archived } });

    await expect(archive(1)).rejects.toMatchObject({ code: 'conflict' });
    await archive(2);
    const body = { activeVersion: 2 };
    await expect(call(templateRoutes.update, { params: team, body })).rejects.toMatchObject({
      code: 'conflict',
    });
    const template = { name: 'team', version: 2 };
    await expect(
      call(projectRoutes.create, { body: { name: 'x', dryRun: true, template } }),
    ).rejects.toMatchObject({ code: 'conflict', message: 'Version 2 of "team" is archived' });

    await archive(2, false);
    expect((await call(templateRoutes.update, { params: team, body })).activeVersion).toBe(2);
  });

  it('is gone when it is deleted, and each change is in the audit log', async () => {
    await push();
    await call(templateRoutes.update, { params: team, body: { deprecation: 'old' } });
    await call(templateRoutes.remove, { params: team });

    await expect(call(templateRoutes.get, { params: team })).rejects.toMatchObject({
      code: 'not_found',
    });
    const rows = await database.db
      .select()
      .from(auditLog)
      .where(eq(auditLog.organizationId, tenant.organizationId));
    expect(rows.map(({ action }) => action)).toEqual(
      expect.arrayContaining([
        'template.push',
        'template.promote',
        'template.deprecate',
        'template.delete',
      ]),
    );
  });

  it('is not found by another organization, and changed by admins only', async () => {
    await push();
    const other = await seedTenant(database.db);
    const stranger = stage.as({ ...other.principal, role: 'admin', scope: 'admin' });
    const developer = stage.as(tenant.principal);
    const number = 1;

    for (const ask of [
      () => stranger(templateRoutes.get, { params: team }),
      () => stranger(templateRoutes.version, { params: { ...team, number } }),
      () => stranger(templateRoutes.versions, { params: team, query: {} }),
      () => stranger(templateRoutes.update, { params: team, body: { deprecation: 'x' } }),
      () =>
        stranger(templateRoutes.archive, { params: { ...team, number }, body: { archived: true } }),
      () => stranger(templateRoutes.impact, { params: team, body: {} }),
      () =>
        stranger(templateRoutes.updateWorkspaces, { params: team, body: { workspaces: ['x'] } }),
      () => stranger(templateRoutes.remove, { params: team }),
    ])
      await expect(ask()).rejects.toMatchObject({ code: 'not_found' });
    for (const ask of [
      () => developer(templateRoutes.push, { body: { source: filesOf({}) } }),
      () => developer(templateRoutes.update, { params: team, body: { deprecation: 'x' } }),
      () => developer(templateRoutes.remove, { params: team }),
    ])
      await expect(ask()).rejects.toMatchObject({ code: 'not_permitted' });
  });
});

describe('a template of a git repository', () => {
  let git: GitServer;

  beforeAll(async () => {
    git = await serveGit();
  });
  afterAll(() => git.close());

  const fromGit = (url: string, path?: string) =>
    call(templateRoutes.push, { body: { source: { kind: 'git', url, ...(path && { path }) } } });

  it('is read from a directory of it, and says from which commit', async () => {
    const { url, commit } = await git.add('good', {
      'templates/team/spt-flow-template.json': JSON.stringify({
        name: 'team',
        displayName: 'Team',
      }),
      'templates/team/start.sh': 'echo started\n',
    });

    const { version } = await fromGit(url, 'templates/team');

    expect(version.source).toEqual({ kind: 'git', url, path: 'templates/team', commit });
    const params = { ...team, number: 1 };
    const { definition } = await call(templateRoutes.version, { params });
    expect(definition.startScript).toBe('echo started\n');
  });

  it('is found in a catalogue, and added from there', async () => {
    const { url } = await git.add('catalogue', {
      'web/team/spt-flow-template.json': JSON.stringify({ name: 'team', displayName: 'Team' }),
      'linked/spt-flow-template.json': { linkTo: '/etc/passwd' },
    });
    const offering = await startTemplatesStage(database, { catalogUrl: url });
    const ask = offering.as(admin);

    const { repositoryUrl, items } = await ask(templateCatalogRoutes.list, {});
    expect({ repositoryUrl, items }).toMatchObject({
      repositoryUrl: url,
      items: [{ path: 'web/team', name: 'team', problem: null }],
    });
    const { template } = await fromGit(url, items[0]?.path ?? undefined);
    expect(template).toMatchObject({ name: 'team', activeVersion: 1 });
    await offering.close();
  });

  it('takes neither links nor what is too large for its files', async () => {
    const { url } = await git.add('hostile', {
      'linked/spt-flow-template.json': { linkTo: '/etc/passwd' },
      'large/spt-flow-template.json': ' '.repeat(300_000),
    });

    await expect(fromGit(url, 'linked')).rejects.toMatchObject({
      code: 'template_invalid',
      message: 'The repository has no "linked/spt-flow-template.json"',
    });
    await expect(fromGit(url, 'large')).rejects.toMatchObject({ code: 'body_too_large' });
    await expect(fromGit(url, 'none')).rejects.toMatchObject({ code: 'template_invalid' });
  });

  it.each([
    ['file:///etc', 'validation_failed'],
    ['--upload-pack=touch /tmp/x', 'validation_failed'],
    ['ext::sh -c id', 'validation_failed'],
    ['https://user:secret@example.com/a.git', 'validation_failed'],
    ['http://127.0.0.1:9/a.git', 'clone_failed'],
  ])('is not read from %s', async (url, code) => {
    await expect(fromGit(url)).rejects.toMatchObject({ code });
  });
});
