import { describe, expect, it } from 'vitest';
import { parseConfigDocument } from '../reading/config-document.ts';
import { readConfig, type Metadata } from '../reading/config-schema.ts';
import { devcontainerId, planContainer } from './container-plan-of.ts';

function plan(
  config: object,
  image: { metadata?: Metadata[]; environment?: Record<string, string> } = {},
) {
  const document = parseConfigDocument('.devcontainer.json', JSON.stringify(config, null, 2));
  return planContainer({
    document,
    config: readConfig(document),
    image: {
      name: 'base:1',
      facts: {
        id: 'sha256:1',
        user: 'root',
        environment: image.environment ?? { PATH: '/usr/bin' },
        metadata: image.metadata ?? [],
        ...{ entrypoint: ['/init'], command: ['serve'] },
      },
    },
    service: undefined,
    limits: { isolation: 'devenv', allowPrivileged: false },
    variables: {
      localEnv: {},
      containerEnv: undefined,
      localWorkspaceFolder: '/workspaces/shop',
      containerWorkspaceFolder: undefined,
      devcontainerId: 'id1',
    },
  });
}

describe('the plan of a container', () => {
  it('is that of the image where the devcontainer says nothing more', () => {
    expect(plan({ image: 'base:1' }).container).toEqual({
      image: 'base:1',
      user: null,
      workspaceFolder: '/workspace',
      environment: {},
      mounts: [],
      capabilities: [],
      securityOptions: [],
      privileged: false,
      init: false,
      ...{ command: null, aliases: [], networkOf: null, dependsOn: [] },
    });
  });

  it('knows the variables of the image, and those of the container for what is remote', () => {
    const { container, lifecycle } = plan(
      {
        workspaceFolder: '/workspaces/${localWorkspaceFolderBasename}',
        containerEnv: { HOME_BIN: '/opt/bin', PATH: '${containerEnv:PATH}:/a' },
        remoteEnv: { PATH: '${containerEnv:PATH}:${containerEnv:HOME_BIN}', GONE: null },
        mounts: [
          'source=cache-${devcontainerId},target=${containerWorkspaceFolder}/node_modules,type=volume',
        ],
        postCreateCommand: 'echo ${containerWorkspaceFolder} ${HOME}',
      },
      { environment: { PATH: '/usr/bin' } },
    );

    expect(container.environment).toEqual({ HOME_BIN: '/opt/bin', PATH: '/usr/bin:/a:/opt/bin' });
    expect(container.mounts).toEqual([
      { kind: 'volume', name: 'cache-id1', target: '/workspaces/shop/node_modules' },
    ]);
    expect(lifecycle.commands.postCreateCommand).toEqual(['echo /workspaces/shop ${HOME}']);
    expect(lifecycle.remoteEnv).toEqual({ PATH: '/usr/bin:/a:/opt/bin', GONE: null });
  });

  it('joins what image, features and repository say; the repository counts last', () => {
    const { container, lifecycle } = plan(
      {
        remoteUser: 'dev',
        capAdd: ['SYS_PTRACE'],
        onCreateCommand: ['npm', 'ci'],
        mounts: ['source=mine,target=/cache'],
        waitFor: 'postCreateCommand',
      },
      {
        metadata: [
          {
            id: './tool',
            init: true,
            capAdd: ['SYS_PTRACE'],
            onCreateCommand: { a: 'true' },
            mounts: ['source=theirs,target=/cache'],
          },
          { remoteUser: 'vscode', userEnvProbe: 'none', onCreateCommand: 'echo image' },
        ],
      },
    );

    expect(container).toMatchObject({
      user: 'dev',
      init: true,
      capabilities: ['SYS_PTRACE'],
      mounts: [{ name: 'mine' }],
    });
    expect(lifecycle.commands.onCreateCommand).toEqual([
      { a: 'true' },
      'echo image',
      ['npm', 'ci'],
    ]);
    expect(lifecycle.blocking).toEqual([
      'onCreateCommand',
      'updateContentCommand',
      'postCreateCommand',
    ]);
    expect(lifecycle.userEnvProbe).toBe('none');
  });

  it.each([
    [{ workspaceFolder: '/src/app/' }, '/src/app', ''],
    [{ workspaceFolder: '${localWorkspaceFolder}/packages/a' }, '/workspaces/shop', 'packages/a'],
  ])('mounts the project of %j at %s and works in "%s"', (config, mountAt, folder) => {
    const { container, lifecycle } = plan(config);

    expect([container.workspaceFolder, lifecycle.folder]).toEqual([mountAt, folder]);
  });

  it.each<[string, object, { metadata?: Metadata[]; environment?: Record<string, string> }]>([
    ['a feature', {}, { metadata: [{ id: './evil', privileged: true }] }],
    ['a feature', {}, { metadata: [{ id: './evil', mounts: ['type=bind,source=/,target=/h'] }] }],
    [
      'a variable of the image',
      { mounts: ['type=${containerEnv:KIND},source=etc,target=/h'] },
      { environment: { KIND: 'bind' } },
    ],
    ['a place', { workspaceFolder: '/proc' }, {}],
    ['a place', { workspaceFolder: '/' }, {}],
    ['a place', { workspaceFolder: 'relative' }, {}],
  ])('refuses what comes by way of %s: %j', (_way, config, image) => {
    expect(() => plan(config, image)).toThrow('is not permitted by the rule');
  });

  it('names ports that are forwarded or described', () => {
    const { ports } = plan({
      forwardPorts: [3000, 5432, 'db:5432'],
      portsAttributes: {
        3000: { label: 'Shop', protocol: 'http', onAutoForward: 'openPreview' },
        '9000-9001': { label: 'Debugger' },
        '.+/server.js': { label: 'Server' },
      },
      otherPortsAttributes: { onAutoForward: 'silent' },
    });

    expect(ports).toEqual([
      { port: 3000, label: 'Shop', protocol: 'http', onAutoForward: 'openPreview' },
      { port: 5432, onAutoForward: 'silent' },
      { port: 9000, label: 'Debugger' },
      { port: 9001, label: 'Debugger' },
    ]);
  });

  it('runs the command of the image where it is not overridden', () => {
    expect(plan({ overrideCommand: false }).container.command).toEqual(['/init', 'serve']);
  });

  it('says what has no effect', () => {
    const { notes } = plan(
      { runArgs: ['--name=x'] },
      { metadata: [{ id: './d', entrypoint: '/init.sh' }] },
    );

    expect(notes).toEqual([
      'Decided by the workspace, not by runArgs: --name',
      'The entrypoint of ./d is not started',
    ]);
  });
});

describe('the id of a devcontainer', () => {
  it('is 52 characters of its workspace alone', () => {
    expect(devcontainerId('a')).toMatch(/^[0-9a-v]{52}$/);
    expect(devcontainerId('a')).not.toBe(devcontainerId('b'));
  });
});
