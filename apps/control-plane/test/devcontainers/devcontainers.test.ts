import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { newDevcontainerStage, type DevcontainerStage, type Files } from './devcontainer-stage.ts';

const FILE = '.devcontainer/devcontainer.json';
let stage: DevcontainerStage;

beforeAll(async () => {
  stage = await newDevcontainerStage();
});
afterAll(() => stage.close());

/** The repository of a devcontainer with a Dockerfile of its own. */
function built(config: object, dockerfile: string, files: Files = {}): Files {
  return {
    [FILE]: JSON.stringify({ build: { dockerfile: 'Dockerfile' }, ...config }),
    '.devcontainer/Dockerfile': `FROM ${stage.docker.image}\nUSER root\n${dockerfile}`,
    ...files,
  };
}

describe('a workspace with a devcontainer', () => {
  it('of an image has its variables, and runs its commands in order: once, and those at the start each time', async () => {
    const note = (name: string) => `echo ${name} >> order`;
    const id = await stage.running({
      [FILE]: `{
        // comments are fine
        "image": "${stage.docker.image}",
        "containerEnv": { "TEAM": "blue" },
        "remoteEnv": { "GREETING": "\${containerEnv:TEAM} in \${containerWorkspaceFolder}" },
        "onCreateCommand": "${note('onCreate')}",
        "updateContentCommand": ["/bin/sh", "-c", "${note('updateContent')}"],
        "postCreateCommand": { "a": "${note('postCreate')}", "b": "${note('postCreate')}" },
        "postStartCommand": "${note('postStart')}; echo $GREETING",
        "postAttachCommand": "${note('postAttach')}",
        "forwardPorts": [3000],
        "portsAttributes": { "3000": { "label": "Shop" } },
        "secrets": { "API_KEY": { "description": "of the shop" } },
      }`,
    });

    const order = [
      'onCreate',
      'updateContent',
      'postCreate',
      'postCreate',
      'postStart',
      'postAttach',
    ];
    await expect.poll(() => stage.sh(id, 'cat order'), { timeout: 30_000 }).toBe(order.join('\n'));
    expect(await stage.steps(id)).toEqual(
      expect.arrayContaining(['Get the image', 'Run onCreateCommand', 'Run updateContentCommand']),
    );
    expect(await stage.sh(id, 'echo $TEAM, $GREETING')).toBe('blue, blue in /workspace');
    await expect.poll(() => stage.log(id), { timeout: 30_000 }).toContain('blue in /workspace');
    expect(await stage.devcontainer(id)).toEqual({
      ...{ file: FILE, image: stage.docker.image, user: null, isChanged: false, problem: null },
      secrets: [{ name: 'API_KEY', description: 'of the shop' }],
    });

    await stage.sh(id, 'echo again > order');
    await stage.restart(id);

    await expect
      .poll(() => stage.sh(id, 'cat order'), { timeout: 30_000 })
      .toBe('again\npostStart\npostAttach');

    await stage.sh(id, 'echo rebuilt > order');
    await stage.rebuild(id);

    await expect
      .poll(() => stage.sh(id, 'cat order'), { timeout: 30_000 })
      .toBe(['rebuilt', ...order].join('\n'));
    const machines = (await stage.steps(id)).filter((name) => name === 'Start the machine');
    expect(machines).toHaveLength(1);
    expect(stage.errors).toEqual([]);
  });

  it('of a Dockerfile and a feature works as its user, whatever their number, on all files', async () => {
    const feature = '.devcontainer/tool';
    const id = await stage.running(
      built(
        {
          features: { './tool': { greeting: 'hello' } },
          remoteUser: 'dev',
          mounts: [
            'source=cache-${devcontainerId},target=/home/dev/.cache,type=volume',
            'target=${containerWorkspaceFolder}/node_modules',
            'type=tmpfs,target=${containerEnv:TOOL:/}/scratch',
          ],
          onCreateCommand: 'id -un > made && git init -q . && git status --short',
        },
        'RUN useradd --create-home --uid 4321 --shell /bin/bash dev\n',
        {
          [`${feature}/devcontainer-feature.json`]: JSON.stringify({
            ...{ id: 'tool', version: '1.0.0', name: 'Tool' },
            options: { greeting: { type: 'string', default: 'hi' } },
            containerEnv: { TOOL: '/here' },
          }),
          [`${feature}/install.sh`]: '#!/bin/sh\necho "$GREETING" > /etc/tool\n',
          'src/app.js': 'first\n',
        },
      ),
    );

    expect((await stage.devcontainer(id)).problem).toBeNull();
    expect(await stage.sh(id, 'id -u; cat made /etc/tool; echo $TOOL')).toBe(
      '4321\ndev\nhello\n/here',
    );
    expect(await stage.sh(id, 'echo second >> src/app.js; touch ~/.cache/x; cat src/app.js')).toBe(
      'first\nsecond',
    );
    expect(await stage.sh(id, 'find . -not -user dev')).toBe('');
    expect(await stage.leftovers()).toEqual([]);
  });

  it('that asks for the host is told the rule and the line, and stays in its usual container', async () => {
    const id = await stage.running({
      [FILE]: JSON.stringify(
        {
          image: stage.docker.image,
          mounts: ['source=/var/run/docker.sock,target=/var/run/docker.sock,type=bind'],
          runArgs: ['--privileged', '--network=host', '-v', '/:/host'],
          initializeCommand: 'touch /tmp/spt-flow-was-here',
        },
        null,
        2,
      ),
    });

    const { problem, image } = await stage.devcontainer(id);
    expect(image).toBeNull();
    expect(problem?.code).toBe('devcontainer_refused');
    expect(problem?.details).toMatchObject({
      refusals: [
        { rule: 'docker-socket', place: { line: 4 } },
        { rule: 'initialize-command', place: { line: 12 } },
        { rule: 'host-namespace', place: { line: 8 } },
        { rule: 'privileged', place: { line: 7 } },
        { rule: 'host-mount', place: { line: 9 } },
      ],
    });
    expect(await stage.warnings(id)).toContainEqual(expect.stringContaining('by the rule "'));
    expect(await stage.steps(id)).toContain('Check the devcontainer: failed');
    const { HostConfig } = await stage.docker.container(id).inspect();
    expect(HostConfig.Privileged).toBe(false);
  });

  it('whose feature asks for the host is refused once that is known', async () => {
    const id = await stage.running(
      built({ features: { './tool': {} } }, '', {
        '.devcontainer/tool/devcontainer-feature.json': JSON.stringify({
          ...{ id: 'tool', version: '1.0.0', name: 'Tool', privileged: true },
        }),
        '.devcontainer/tool/install.sh': '#!/bin/sh\n',
      }),
    );

    expect((await stage.devcontainer(id)).problem?.message).toMatch(
      /^"privileged" \(asked for by \.\/tool\) is not permitted by the rule "privileged"/,
    );
  });

  it('that links out of its build is refused', async () => {
    const id = await stage.running({});
    await stage.write(id, built({}, 'COPY secret /secret\n'));
    await stage.sh(id, 'ln -s ../../../../etc/shadow .devcontainer/secret');

    await stage.rebuild(id);

    expect((await stage.devcontainer(id)).problem?.message).toContain('by the rule "symlink"');
  });

  it('that takes its image by an identity, which may be that of others, is refused', async () => {
    const { Id } = await stage.docker.engine.getImage(stage.docker.image).inspect();
    const digits = Id.replace('sha256:', '').slice(0, 12);
    const id = await stage.running({
      [FILE]: JSON.stringify({ build: { dockerfile: 'Dockerfile', args: { BASE: digits } } }),
      '.devcontainer/Dockerfile': 'ARG BASE=node\nFROM $BASE\n',
    });

    expect((await stage.devcontainer(id)).problem?.message).toMatch(
      /The image "\$BASE" in ".devcontainer\/Dockerfile" is not permitted by the rule "image-identity"/,
    );
  });

  it('that is broken names its line, and works once it is corrected and rebuilt; files stay', async () => {
    const id = await stage.running({
      [FILE]: `{\n  "image": "${stage.docker.image}"\n  "init": true\n}`,
    });
    expect((await stage.devcontainer(id)).problem).toMatchObject({
      code: 'devcontainer_invalid',
      details: { file: FILE, line: 3, column: 3 },
    });

    await stage.write(id, {
      [FILE]: `{ "image": "${stage.docker.image}", "containerEnv": { "A": "1" } }`,
      'kept.txt': 'kept',
    });
    await stage.rebuild(id);

    expect(await stage.devcontainer(id)).toMatchObject({
      problem: null,
      image: stage.docker.image,
    });
    expect(await stage.sh(id, 'echo $A; cat kept.txt')).toBe('1\nkept');
  });

  it('that changed says so at the next start, and keeps its container until it is rebuilt', async () => {
    const id = await stage.running(
      built({ containerEnv: { A: '1' } }, 'RUN echo one > /etc/one\n'),
    );
    const { image } = await stage.devcontainer(id);
    await stage.write(id, built({ containerEnv: { A: '2' } }, 'RUN echo one > /etc/one\n'));

    await stage.restart(id);

    expect(await stage.devcontainer(id)).toMatchObject({ isChanged: true, image });
    expect(await stage.warnings(id)).toContainEqual(expect.stringContaining('rebuild'));
    expect(await stage.sh(id, 'echo $A')).toBe('1');

    await stage.rebuild(id);

    expect(await stage.devcontainer(id)).toMatchObject({ isChanged: false, problem: null });
    expect(await stage.sh(id, 'echo $A; cat /etc/one')).toBe('2\none');
  });

  it('whose command fails shows its last lines, and runs none of the later ones', async () => {
    const id = await stage.running({
      [FILE]: JSON.stringify({
        image: stage.docker.image,
        onCreateCommand: 'echo preparing; echo it broke >&2; exit 3',
        postStartCommand: 'touch later',
      }),
    });

    expect((await stage.devcontainer(id)).problem).toMatchObject({
      code: 'devcontainer_failed',
      message: expect.stringMatching(/^onCreateCommand ended with 3\n(.*\n)?it broke/),
    });
    expect(await stage.steps(id)).toContain('Run onCreateCommand: failed');
    expect(await stage.sh(id, 'ls')).toBe('');
  });

  it('whose image does not build shows why', async () => {
    const id = await stage.running(built({}, 'RUN echo no such thing && false\n'));

    expect((await stage.devcontainer(id)).problem?.message).toMatch(
      /^The image could not be built:\n.*no such thing/s,
    );
    expect(await stage.sh(id, 'echo works')).toBe('works');
  });

  it('whose workspace has an egress list builds its image without any network', async () => {
    const dockerfile = 'RUN if grep eth0 /proc/net/dev; then exit 1; fi; echo alone > /etc/built\n';
    const id = await stage.empty(built({}, dockerfile), 'devenv', ['registry.example.org']);
    await stage.workspaces.service.begin(id, 'test');
    await stage.ready(id);

    expect((await stage.devcontainer(id)).problem).toBeNull();
    expect(await stage.sh(id, 'cat /etc/built')).toBe('alone');
  });

  it('that is deleted while its image is built leaves nothing', async () => {
    const id = await stage.create(built({}, 'RUN echo waiting && sleep 600\n'));
    await expect.poll(() => stage.log(id), { timeout: 60_000 }).toContain('waiting');

    await stage.workspaces.service.remove(stage.tenant.principal, id, 'test');
    await stage.workspaces.service.settled(id);

    expect((await stage.row(id)).actualState).toBe('deleted');
    expect(await stage.leftovers()).toEqual([]);
    await vi.waitFor(async () => {
      const containers = await stage.docker.engine.listContainers({ all: true });
      expect(containers.filter(({ Command }) => Command.includes('sleep 600'))).toEqual([]);
    });
  });
});
