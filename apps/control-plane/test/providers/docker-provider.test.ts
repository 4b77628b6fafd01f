import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { DEFAULT_SETTINGS } from '@spt-flow/shared/domain/workspace-settings';
import type { ContainerPlan } from '../../src/features/providers/container-plan.ts';
import type { StartedWorkspace, WorkspaceSpec } from '../../src/features/providers/provider.ts';
import {
  STATE_VOLUME,
  volumeName,
} from '../../src/features/providers/docker/containers/container-options.ts';
import { freeze } from '../../src/features/providers/docker/files/freeze.ts';
import { tarOf, textContent } from '../../src/features/providers/docker/engine/tar.ts';
import { PLAIN_CONTAINER } from '../../src/features/providers/testing/plans.ts';
import { newDockerStage, type DockerStage } from './docker-stage.ts';
import { portOf } from '../support/ports.ts';

const TOKEN = `join_${'t'.repeat(40)}`;
const SERVER_KEY = 'K'.repeat(43);
const UNUSED: ContainerPlan = {
  ...PLAIN_CONTAINER,
  image: '',
  environment: { PLANNED: 'yes' },
  mounts: [{ kind: 'volume', name: 'cache', target: '/cache' }],
};

let stage: DockerStage;
const begun: string[] = [];

beforeAll(async () => {
  // Agents that are never let in run on, and try again.
  stage = await newDockerStage({
    routeAgentUpgrade: (_request, socket) => socket.destroy(),
    resolveHost: async () => '127.0.0.1',
  });
});
afterEach(async () => {
  for (const id of begun.splice(0)) await stage.provider.delete(id);
});
afterAll(() => stage.close());

function newSpec(change: Partial<WorkspaceSpec> = {}): WorkspaceSpec {
  return {
    workspaceId: randomUUID(),
    projectId: randomUUID(),
    name: 'orchard',
    settings: DEFAULT_SETTINGS,
    revision: 0,
    container: null,
    owner: { name: 'Ann "Admin"', email: 'ann@example.org' },
    join: async () => ({ url: 'http://127.0.0.1:8080', serverKey: SERVER_KEY, token: TOKEN }),
    ...change,
  };
}

async function start(spec: WorkspaceSpec): Promise<StartedWorkspace> {
  begun.push(spec.workspaceId);
  return stage.provider.start(spec);
}

function settings(change: Partial<WorkspaceSpec['settings']>) {
  return { settings: { ...DEFAULT_SETTINGS, ...change } };
}

/** An image with nothing but the given files. */
async function importImage(files: Readonly<Record<string, string>>): Promise<string> {
  const name = `spt-flow-test-${randomUUID()}`;
  const owner = { mode: 0o755, uid: 0, gid: 0 };
  const entries = Object.entries(files).map(([path, content]) => ({
    ...{ path, ...owner },
    content: textContent(content),
  }));
  const stream = await stage.engine.importImage(Readable.from(tarOf(entries)), { repo: name });
  await text(stream);
  return name;
}

describe('isolation', () => {
  it('limits what a container may use and do, and shows no secret', async () => {
    const spec = newSpec(settings({ environment: { GREETING: 'hi' } }));
    const started = await start(spec);

    const inspected = await stage.container(spec.workspaceId).inspect();
    expect(inspected.HostConfig).toMatchObject({
      ...{ Memory: 2 * 1024 ** 3, MemorySwap: 2 * 1024 ** 3, NanoCpus: 1e9, PidsLimit: 512 },
      ...{ Privileged: false, ReadonlyRootfs: false },
    });
    expect(inspected.Mounts.filter(({ Type }) => Type === 'bind')).toMatchObject([
      { Destination: '/run/spt-flow', RW: false },
    ]);
    expect(inspected.Config.Labels).toMatchObject({
      ManagedBy: 'spt-flow',
      'spt-flow.project': spec.projectId,
    });
    expect(JSON.stringify(inspected)).not.toContain(TOKEN);
    expect(started.warnings).toEqual(stage.provider.warnings);
    const seen = await stage.exec(
      spec.workspaceId,
      'id -un; echo $GREETING; grep -E "CapBnd|NoNewPrivs" /proc/self/status; git config user.name; touch /workspace/a ~/.claude/a /commandhistory/a /tmp/a && echo written; ls -l /opt/spt-flow/* /var/run/docker.sock; echo x > /opt/spt-flow/x',
    );
    // CHOWN is the lowest bit, SETGID the sixth above it, SETUID the next.
    expect(seen).toMatch(/^node\nhi\nCapBnd:\t0+c1\nNoNewPrivs:\t1\nAnn\s+Admin\nwritten\n/);
    expect(seen).toContain("'/var/run/docker.sock': No such file");
    expect(seen).toContain('Read-only file system');
  });

  it('lets containers meet in a project, and reach neither another project nor the control plane', async () => {
    const first = newSpec();
    const [friend, stranger] = [newSpec({ projectId: first.projectId }), newSpec()];
    for (const spec of [first, friend, stranger]) await start(spec);
    const serve =
      'perl -MIO::Socket::INET -e \'$s = IO::Socket::INET->new(Listen => 1, LocalPort => 8000); while ($c = $s->accept) { print $c "apples\\n"; close $c }\' >/dev/null 2>&1 &';
    await stage.exec(first.workspaceId, serve);
    const { NetworkSettings: network } = await stage.container(first.workspaceId).inspect();
    const [{ IPAddress: address, Gateway: gateway } = { IPAddress: '', Gateway: '' }] =
      Object.values(network.Networks);
    const from = (id: string, where: string) =>
      stage.exec(id, `timeout 2 bash -c 'cat < /dev/tcp/${where}' 2>&1 || true`);
    const dashboard = createServer((_request, response) => response.end()).listen(0, '127.0.0.1');
    const port = await portOf(dashboard);

    await vi.waitFor(async () =>
      expect(await from(friend.workspaceId, `${address}/8000`)).toBe('apples\n'),
    );
    if (!stage.provider.warnings.join().includes('reach each other'))
      expect(await from(stranger.workspaceId, `${address}/8000`)).not.toContain('apples');
    expect(await from(first.workspaceId, `${gateway}/${port}`)).toContain('refused');
    dashboard.close();
  });

  it('lets a workspace with an egress list reach those hosts, and nothing else', async () => {
    const orchard = createServer((_request, response) => response.end('apples')).listen(
      0,
      '127.0.0.1',
    );
    const port = await portOf(orchard);
    const spec = newSpec(settings({ egress: ['orchard.example'] }));
    const neighbour = newSpec(settings({ egress: ['elsewhere.example'] }));
    for (const one of [spec, neighbour]) await start(one);
    const ask = (host: string) => `GET http://${host}:${port}/ HTTP/1.0\\r\\n\\r\\n`;
    const byProxy = (host: string, proxy = '$http_proxy') =>
      stage.exec(
        spec.workspaceId,
        `P=${proxy}; P=\${P#http://}; bash -c "exec 3<>/dev/tcp/\${P%:*}/\${P#*:}; printf '${ask(host)}' >&3; cat <&3"`,
      );

    expect(await byProxy('orchard.example')).toContain('apples');
    expect(await byProxy('elsewhere.example')).toContain('not in the egress list');
    const { Config } = await stage.container(neighbour.workspaceId).inspect();
    const theirs = Config.Env.find((entry) => entry.startsWith('http_proxy='))?.slice(11);
    expect(await byProxy('elsewhere.example', theirs)).not.toContain('apples');
    const around = `timeout 2 bash -c 'exec 3<>/dev/tcp/1.1.1.1/443' 2>&1 && echo reached; getent hosts example.org || echo unknown`;
    const seen = await stage.exec(spec.workspaceId, around);
    expect(seen).toContain('unknown');
    expect(seen).not.toContain('reached');
    orchard.close();
  });

  it('says what an engine without GPUs is missing', async () => {
    await expect(start(newSpec(settings({ gpus: 1 })))).rejects.toMatchObject({
      code: 'machine_unfit',
      message: expect.stringContaining('NVIDIA Container Toolkit'),
    });
  });

  it('gives the device of virtual machines to who asks for it, where the machine has it', async () => {
    const problem = stage.provider.virtualizationProblem?.();
    expect(problem === undefined).toBe(existsSync('/dev/kvm'));
    const spec = newSpec(settings({ isolation: 'relaxed', virtualization: !problem }));
    const plain = newSpec();
    for (const one of [spec, plain]) await start(one);

    const look = 'test -c /dev/kvm && echo there || echo none';
    expect(await stage.exec(spec.workspaceId, look)).toBe(problem ? 'none\n' : 'there\n');
    expect(await stage.exec(plain.workspaceId, look)).toBe('none\n');
  });

  it('refuses a malicious plan before anything is made', async () => {
    const spec = newSpec({ container: { ...UNUSED, image: stage.image, privileged: true } });

    await expect(start(spec)).rejects.toMatchObject({
      code: 'container_plan_refused',
      message: expect.stringContaining('privileged'),
    });
    await expect(stage.container(spec.workspaceId).inspect()).rejects.toThrow('no such container');
  });
});

describe('volumes', () => {
  it('outlive another image and user, and a plan decides where they are', async () => {
    const spec = newSpec();
    await start(spec);
    await stage.exec(spec.workspaceId, 'echo mine > /workspace/mine; echo ls > $HISTFILE');
    const container = { ...UNUSED, image: stage.image, user: '1234:1234' };
    await stage.provider.stop(spec.workspaceId, { graceMs: 0 });
    // What is in it already belongs to the user from before.
    await stage.engine.getVolume(volumeName(spec.workspaceId, STATE_VOLUME)).remove();

    await start({ ...spec, container });

    const seen = await stage.exec(
      spec.workspaceId,
      'id -u; echo $PLANNED; cat /workspaces/app/mine $HISTFILE; touch /cache/a /workspaces/app/b && echo written',
    );
    expect(seen).toBe('1234\nyes\nmine\nls\nwritten\n');
  });
});

describe('what happens behind its back', () => {
  it.each([
    ['killed', (id: string) => stage.container(id).kill(), 'SIGKILL'],
    ['paused', (id: string) => freeze(stage.container(id)), 'paused'],
    ['removed', (id: string) => stage.container(id).remove({ force: true }), 'removed'],
  ])('a container that was %s is told of, and starts again', async (_name, act, words) => {
    const spec = newSpec();
    const { ended } = await start(spec);

    await act(spec.workspaceId);

    expect(await ended).toMatch(new RegExp(words === 'removed' ? 'removed|SIGKILL' : words));
    expect(await stage.provider.inspect(spec.workspaceId)).toBe('absent');
    await start(spec);
    expect(await stage.provider.inspect(spec.workspaceId)).toBe('running');
  });

  it('an agent that ends says why', async () => {
    const spec = newSpec({
      join: async () => ({ url: 'http://example.org', serverKey: SERVER_KEY, token: TOKEN }),
    });

    const { ended } = await start(spec);

    expect(await ended).toContain('must be https unless the host is loopback');
    expect(stage.provider.logs(spec.workspaceId).join()).not.toContain(TOKEN);
  });

  it('a foreign container with its name is named, and left alone', async () => {
    const spec = newSpec();
    const foreign = await stage.engine.createContainer({
      name: `spt-flow-${spec.workspaceId}`,
      Image: stage.image,
    });

    await expect(start(spec)).rejects.toMatchObject({
      code: 'workspace_start_failed',
      message: expect.stringContaining('already in use'),
    });
    await foreign.remove();
  });
});

describe('images', () => {
  it('one that is nowhere is named with what the engine says', async () => {
    const image = 'localhost:1/nowhere:1';

    await expect(start(newSpec(settings({ image })))).rejects.toMatchObject({
      code: 'image_unusable',
      message: expect.stringMatching(/localhost:1\/nowhere:1.*could not be pulled/),
    });
  });

  it('one without a shell is named with what it lacks', async () => {
    const image = await importImage({ 'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\n' });

    await expect(start(newSpec(settings({ image })))).rejects.toMatchObject({
      code: 'image_unusable',
      message: expect.stringContaining('it has no shell'),
    });
    await stage.engine.getImage(image).remove();
  });

  it('one that says what is not its business has no say, and its volumes are counted', async () => {
    const victim = randomUUID();
    const lender = await stage.engine.createContainer({ Image: stage.image });
    const image = `spt-flow-test-${randomUUID()}`;
    const changes = [
      'ENTRYPOINT ["/bin/false"]',
      'VOLUME /var/tmp',
      `LABEL spt-flow.workspace=${victim} spt-flow.installation=${randomUUID()}`,
      'ENV HTTP_PROXY=http://evil.example SPT_FLOW_AGENT_URL=http://evil.example',
    ];
    await lender.commit({ repo: image, changes });
    await lender.remove();
    const spec = newSpec({ ...settings({ image }), container: null });
    await start(spec);
    const { workspaceId: id } = spec;
    await stage.provider.delete(victim);

    await stage.exec(id, 'head -c 5000000 /dev/zero > /var/tmp/file');

    expect(await stage.provider.inspect(id)).toBe('running');
    expect((await stage.provider.diskUse?.())?.get(id)).toBeGreaterThan(5_000_000);
    await stage.provider.delete(id);
    await stage.engine.getImage(image).remove();
  });

  it('one with more accounts than anybody has is refused before they fill our memory', async () => {
    const lender = await stage.engine.createContainer({ Image: stage.image });
    const content = textContent('a:::\n'.repeat(100_000));
    const entry = { path: 'etc/passwd', mode: 0o644, uid: 0, gid: 0, content };
    await lender.putArchive(Readable.from(tarOf([entry])), { path: '/' });
    const image = `spt-flow-test-${randomUUID()}`;
    await lender.commit({ repo: image });
    await lender.remove();

    await expect(start(newSpec(settings({ image })))).rejects.toMatchObject({
      code: 'image_unusable',
      message: expect.stringContaining('/etc/passwd is too large'),
    });
    await stage.engine.getImage(image).remove();
  });

  it('a user that it does not have is named', async () => {
    const container = { ...UNUSED, image: stage.image, user: 'ghost' };

    await expect(start(newSpec({ container }))).rejects.toMatchObject({
      code: 'image_unusable',
      message: expect.stringContaining('it has no user "ghost"'),
    });
  });
});

it('an installation without an executable agent says how to make one', async () => {
  const bare = await newDockerStage({
    routeAgentUpgrade: (_request, socket) => socket.destroy(),
    agentDirectory: '/nonexistent',
  });

  await expect(bare.provider.start(newSpec())).rejects.toThrow(/npm run build:executables linux-/);
  await bare.close();
});
