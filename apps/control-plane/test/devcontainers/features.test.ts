import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRegistry, type Registry } from '../providers/registry.ts';
import { newDevcontainerStage, type DevcontainerStage, type Files } from './devcontainer-stage.ts';

const FILE = '.devcontainer/devcontainer.json';
let registry: Registry;
let stage: DevcontainerStage;

beforeAll(async () => {
  registry = await startRegistry();
  stage = await newDevcontainerStage({ featureMirror: registry.host });
});
afterAll(async () => {
  await stage.close();
  await registry.close();
});

/** A feature that notes its name and its options when it is installed. */
function feature(id: string, more: object = {}): Files {
  return {
    'devcontainer-feature.json': JSON.stringify({
      ...{ id, version: '1.0.0', name: id },
      options: { greeting: { type: 'string', default: 'hi' } },
      ...more,
    }),
    'install.sh': `#!/bin/sh\necho "${id} $GREETING $LEVEL" >> /etc/installed\n`,
  };
}

function local(id: string, more?: object): Files {
  const files = Object.entries(feature(id, more));
  return Object.fromEntries(files.map(([name, text]) => [`.devcontainer/${id}/${name}`, text]));
}

function using(features: Readonly<Record<string, unknown>>, config: object = {}): Files {
  return { [FILE]: JSON.stringify({ image: stage.docker.image, features, ...config }) };
}

describe('features of the repository', () => {
  it('are installed in their order, with their options, variables, mounts and commands', async () => {
    const id = await stage.running({
      ...using(
        { './late': {}, './first': { greeting: 'good day', level: '3' } },
        { postCreateCommand: 'echo repository >> order' },
      ),
      ...local('late', {
        installsAfter: ['./first'],
        postCreateCommand: 'echo feature >> order',
        mounts: [{ source: 'kept', target: '/kept', type: 'volume' }],
      }),
      ...local('first', {
        dependsOn: { './needed': { greeting: 'needed' } },
        options: { greeting: { type: 'string' }, level: { type: 'string', default: '1' } },
        containerEnv: { FROM_FEATURE: '${PATH}:/first' },
      }),
      ...local('needed'),
    });

    expect((await stage.devcontainer(id)).problem).toBeNull();
    expect(await stage.sh(id, 'sed "s/ *$//" /etc/installed')).toBe(
      'needed needed\nfirst good day 3\nlate hi',
    );
    expect(await stage.sh(id, 'echo $FROM_FEATURE; touch /kept/x && echo written')).toMatch(
      /\/bin:\/first\nwritten$/,
    );
    await expect
      .poll(() => stage.sh(id, 'cat order'), { timeout: 20_000 })
      .toBe('feature\nrepository');
  });

  it('that ask for the host are refused, whatever they ask for', async () => {
    const wishes = {
      mounts: [
        { source: '/etc', target: '/host', type: 'bind' },
        'source=/var/run/docker.sock,target=/s,type=bind',
      ],
      capAdd: ['SYS_ADMIN'],
    };
    const id = await stage.running({ ...using({ './tool': {} }), ...local('tool', wishes) });

    const { problem } = await stage.devcontainer(id);
    expect(problem?.code).toBe('devcontainer_refused');
    expect(problem?.message).toContain('(asked for by ./tool)');
    expect(problem?.details['refusals']).toMatchObject([
      { rule: 'capability' },
      { rule: 'host-mount' },
      { rule: 'docker-socket' },
    ]);
  });
});

describe('features of registries', () => {
  it('come through the mirror', async () => {
    await registry.pushFeature('devcontainers/features/greet', feature('greet'));

    const id = await stage.running(
      using({ 'ghcr.io/devcontainers/features/greet:1': { greeting: 'from afar' } }),
    );

    expect((await stage.devcontainer(id)).problem).toBeNull();
    expect(await stage.sh(id, 'cat /etc/installed')).toContain('greet from afar');
  });

  it('that the mirror does not have are named', async () => {
    const id = await stage.running(using({ 'ghcr.io/devcontainers/features/missing:1': {} }));

    const { problem } = await stage.devcontainer(id);
    expect(problem?.code).toBe('devcontainer_failed');
    expect(problem?.message).toContain('devcontainers/features/missing');
  });

  it('that depend on what can not be fetched say what', async () => {
    await registry.pushFeature(
      'devcontainers/features/needy',
      feature('needy', { dependsOn: { 'ghcr.io/devcontainers/features/other:1': {} } }),
    );

    const id = await stage.running(using({ 'ghcr.io/devcontainers/features/needy:1': {} }));

    expect((await stage.devcontainer(id)).problem?.message).toContain(
      'ghcr.io/devcontainers/features/other',
    );
  });
});
