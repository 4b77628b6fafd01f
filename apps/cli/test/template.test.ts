import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { projectRoutes } from '@spt-flow/shared/api/projects';
import { templateCatalogRoutes } from '@spt-flow/shared/api/template-catalog';
import {
  templateRoutes,
  type Template,
  type TemplateVersionDetails,
  type WorkspaceImpact,
} from '@spt-flow/shared/api/templates';
import { workspaceRoutes, type WorkspaceTemplate } from '@spt-flow/shared/api/workspaces';
import { TemplateDefinitionSchema } from '@spt-flow/shared/domain/template-definition';
import { useCliStage } from './support/cli-stage.ts';
import { project, workspace, WORKSPACE_ID } from './support/fixtures.ts';
import { Failure } from './support/test-server.ts';

const cli = useCliStage();
const AT = '2026-01-02T03:04:05.000Z';
const DEFINITION = TemplateDefinitionSchema.parse({
  name: 'node',
  displayName: 'Node.js',
  parameters: [
    {
      name: 'size',
      type: 'string',
      default: 'chat',
      options: [{ value: 'chat' }, { value: 'devenv' }],
    },
    { name: 'release', type: 'number', min: 20, max: 26, mutable: false },
    { name: 'hosts', type: 'list', default: [] },
  ],
  presets: [{ name: 'large', values: { size: 'devenv' } }],
});

function template(overrides: Partial<Template> = {}): Template {
  return {
    ...{
      id: WORKSPACE_ID,
      name: 'node',
      displayName: 'Node.js',
      icon: 'N',
      description: 'Web apps',
    },
    ...{ deprecation: null, activeVersion: 2, latestVersion: 3, isBuiltIn: false },
    ...{ workspaceCount: 4, outdatedCount: 1, updatedAt: AT },
    ...overrides,
  };
}

function version(number: number): TemplateVersionDetails {
  return {
    ...{ number, message: '', createdByName: 'Ada', createdAt: AT, archivedAt: null },
    ...{ source: { kind: 'files' }, definition: DEFINITION, readme: '' },
  };
}

function impact(overrides: Partial<WorkspaceImpact> = {}): WorkspaceImpact {
  return {
    ...{ workspaceId: WORKSPACE_ID, name: 'demo', ownerName: 'Ada', actualState: 'running' },
    ...{
      fromVersion: 1,
      problems: [],
      effect: 'restart',
      isDataKept: true,
      refusal: null,
      canUpdate: true,
    },
    changes: [{ setting: 'size', before: 'chat', after: 'devenv' }],
    ...overrides,
  };
}

const MADE: WorkspaceTemplate = {
  ...{ name: 'node', displayName: 'Node.js', icon: 'N', version: 1, activeVersion: 2 },
  ...{ deprecation: null, minCliVersion: '0.2.0', versionBefore: null },
};
const STUCK = impact({
  changes: [],
  canUpdate: false,
  problems: [{ parameter: 'release', reason: 'missing', message: '"release" has to be given' }],
});

let bodies: unknown[];

beforeEach(() => {
  bodies = [];
  cli.server.on(templateRoutes.get, () => ({ template: template(), active: version(2) }));
});

describe('template list and show', () => {
  it('list what is active, how many use it, and what waits', async () => {
    const items = [
      template(),
      template({ name: 'old', deprecation: 'Use node', activeVersion: null }),
    ];
    cli.server.on(templateRoutes.list, () => ({ items, nextCursor: null }));

    expect((await cli.run(['template', 'list'])).stdout).toBe(
      'NAME  VERSION  WORKSPACES  OUTDATED  STATE       DESCRIPTION\n' +
        'node  2        4           1         3 waits     Web apps\n' +
        'old   -        4           1         deprecated  Web apps\n',
    );
  });

  it('show what may be chosen', async () => {
    const { stdout } = await cli.run(['template', 'show', 'node']);

    expect(stdout).toContain('Node.js (node), version 2 of 3');
    expect(stdout).toMatch(/size +string +chat +chat, devenv/);
    expect(stdout).toMatch(/release +number, fixed +required +20\.\.26/);
    expect(stdout).toContain('Preset large: {"size":"devenv"}');
  });
});

describe('template push', () => {
  const push = (args: string[]) => cli.run(['template', 'push', ...args]);

  beforeEach(() => {
    cli.server.on(templateRoutes.push, ({ body }) => {
      bodies.push(body);
      return { template: template(), version: version(3) };
    });
  });

  it('sends only what a template consists of, and says that it waits', async () => {
    const directory = path.join(cli.home, 'node');
    await mkdir(directory);
    await writeFile(path.join(directory, 'spt-flow-template.json'), '{}');
    await writeFile(path.join(directory, 'README.md'), '# Node');
    await writeFile(path.join(directory, '.env'), 'SECRET=1');

    const { stdout, stderr } = await push([directory, '--message', 'Node 24']);

    expect(stdout).toBe('node version 3\n');
    expect(stderr).toContain('It waits: spt-flow template promote node 3');
    expect(bodies).toEqual([
      {
        source: {
          kind: 'files',
          files: [
            { path: 'spt-flow-template.json', text: '{}' },
            { path: 'README.md', text: '# Node' },
          ],
        },
        message: 'Node 24',
        promote: false,
      },
    ]);
  });

  it('reads it from a repository when told', async () => {
    const url = 'https://git.example.com/templates.git';

    await push(['node', '--repo-url', url, '--promote']);

    expect(bodies).toEqual([
      { source: { kind: 'git', url, path: 'node' }, message: '', promote: true },
    ]);
  });

  it('shows every problem of the template and where it is', async () => {
    cli.server.on(templateRoutes.push, () => {
      const issues = [
        { path: ['parameters', '0', 'default'], message: '"size" must be one of chat' },
      ];
      throw new Failure('template_invalid', 'spt-flow-template.json is not valid', { issues });
    });

    const { exitCode, stderr } = await push(['x', '--repo-url', 'https://git.example.com/a.git']);

    expect(exitCode).toBe(1);
    expect(stderr).toContain('parameters.0.default: "size" must be one of chat');
  });

  it('needs a directory with a template', async () => {
    expect(await push([cli.home])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('There is no spt-flow-template.json'),
    });
    expect(await push([])).toMatchObject({ exitCode: 2 });
  });
});

describe('template promote and deprecate', () => {
  beforeEach(() => {
    cli.server.on(templateRoutes.update, ({ body }) => {
      bodies.push(body);
      return template();
    });
  });

  it('promote a version, deprecate, and take it back', async () => {
    const promoted = await cli.run(['template', 'promote', 'node', '2']);
    await cli.run(['template', 'deprecate', 'node', '--message', 'Use bun']);
    await cli.run(['template', 'deprecate', 'node', '--undo']);

    expect(bodies).toEqual([
      { activeVersion: 2 },
      { deprecation: 'Use bun' },
      { deprecation: null },
    ]);
    expect(promoted.stderr).toContain('1 are of other versions: spt-flow template impact node');
  });

  it.each([
    [['deprecate', 'node'], '--message is missing'],
    [['promote', 'node', 'newest'], 'number of a version'],
  ])('refuse %j', async (args, message) => {
    expect(await cli.run(['template', ...args])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(message),
    });
  });
});

describe('template impact, update and rollback', () => {
  it('tell what would change, and what stands in the way', async () => {
    cli.server.on(templateRoutes.impact, ({ body }) => {
      bodies.push(body);
      return {
        version: 2,
        items: [impact(), { ...STUCK, name: 'stuck\u001b[2J' }],
        truncated: false,
      };
    });

    const { stdout } = await cli.run([
      'template',
      'impact',
      'node',
      'demo',
      '--param',
      'release=24',
      '--param',
      'hosts=a,b',
    ]);

    expect(stdout).toBe(
      '✓ demo (Ada), version 1: from its next start on; files stay\n' +
        '    size: chat → devenv\n' +
        '✗ stuck [2J (Ada), version 1: something stands in the way\n' +
        '    "release" has to be given\n',
    );
    expect(bodies).toEqual([{ values: { release: 24, hosts: ['a', 'b'] }, workspaces: ['demo'] }]);
  });

  it('update what can be, and fail with what stands in the way of the rest', async () => {
    cli.server.on(templateRoutes.updateWorkspaces, ({ body }) => {
      bodies.push(body);
      return { version: 2, updated: [workspace()], refused: [STUCK] };
    });

    const { exitCode, stdout, stderr } = await cli.run([
      'template',
      'update',
      'node',
      'demo',
      'stuck',
    ]);

    expect(exitCode).toBe(1);
    expect(stdout).toBe('demo is of version 2 from its next start on\n');
    expect(stderr).toContain('Error: 1 of 2 workspaces were not updated');
    expect(stderr).toContain('"release" has to be given');
    expect(bodies).toEqual([{ workspaces: ['demo', 'stuck'], values: {} }]);
  });

  it('update all when told, and nothing when nobody said what', async () => {
    cli.server.on(templateRoutes.impact, () => ({
      version: 2,
      items: [impact()],
      truncated: false,
    }));
    cli.server.on(templateRoutes.updateWorkspaces, ({ body }) => {
      bodies.push(body);
      return { version: 2, updated: [], refused: [] };
    });

    expect(await cli.run(['template', 'update', 'node'])).toMatchObject({ exitCode: 2 });
    await cli.run(['template', 'update', 'node', '--all']);

    expect(bodies).toEqual([{ workspaces: [WORKSPACE_ID], values: {} }]);
  });

  it('roll back', async () => {
    cli.server.on(templateRoutes.rollback, () => workspace({ template: MADE }));

    expect((await cli.run(['template', 'rollback', 'demo'])).stdout).toBe(
      'demo is of version 1 from its next start on\n',
    );
  });
});

describe('a workspace of a template', () => {
  const NOTE =
    "Note: 'demo' is made of version 1 of the template 'node', and 2 is active: spt-flow template update node demo\n" +
    "Warning: the template 'node' needs spt-flow 0.2.0 or newer, and this is 0.1.0\n";

  it('is created with typed values by up, which says when this program is too old', async () => {
    cli.server.on(projectRoutes.list, () => ({ items: [], nextCursor: null }));
    cli.server.on(projectRoutes.create, ({ body }) => {
      bodies.push(body);
      return {
        project: project({ workspace: workspace({ template: MADE }) }),
        plan: { steps: [] },
      };
    });

    const args = [
      'up',
      '--template',
      'node',
      '--name',
      'shop',
      '--preset',
      'large',
      '--param',
      'release=24',
      '--no-wait',
    ];
    const { exitCode, stderr } = await cli.run(args);

    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: NOTE });
    expect(bodies).toEqual([
      {
        name: 'shop',
        dryRun: false,
        template: { name: 'node', preset: 'large', values: { release: 24 } },
      },
    ]);
  });

  it('says on connecting that there is something newer', async () => {
    cli.server.on(workspaceRoutes.get, () => workspace({ template: MADE }));
    cli.server.refuseSockets('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno');

    const { stderr } = await cli.run(['ssh', 'demo', '--', 'true']);

    expect(stderr.startsWith(NOTE)).toBe(true);
  });

  it.each([
    [['up', '--template', 'node'], '--name is missing'],
    [['up', '--template', 'node', '--name', 'x', '--param', 'size'], 'It must be like size=devenv'],
  ])('is not created by %j', async (args, message) => {
    expect(await cli.run(args)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(message),
    });
  });
});

describe('the catalogue', () => {
  const entry = { icon: 'box', description: 'Ours', problem: null };

  it('lists what is offered, and says how to add it', async () => {
    const broken = { ...entry, path: 'broken', name: 'broken', displayName: 'broken' };
    cli.server.on(templateCatalogRoutes.list, () => ({
      repositoryUrl: 'https://git.example.com/t.git',
      items: [
        { ...broken, problem: 'is not JSON' },
        { ...entry, path: 'web/team', name: 'team', displayName: 'Team' },
      ],
    }));

    const { stdout, stderr } = await cli.run(['template', 'catalog']);

    expect(stdout).toMatch(/broken +broken +is not JSON\nteam +web\/team +Ours/);
    expect(stderr).toContain(
      'spt-flow template push web/team --repo-url https://git.example.com/t.git',
    );
  });

  it('says how to name one', async () => {
    cli.server.on(templateCatalogRoutes.list, () => ({ repositoryUrl: null, items: [] }));

    const { exitCode, stderr } = await cli.run(['template', 'catalog']);

    expect(exitCode).toBe(4);
    expect(stderr).toContain('SPT_FLOW_TEMPLATE_CATALOG');
  });
});
