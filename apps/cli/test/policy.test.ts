import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { workspaceRoutes } from '@spt-flow/shared/api/workspaces';
import { run } from './support/run.ts';
import { Failure, startTestServer, TOKEN, type TestServer } from './support/test-server.ts';

const SAMPLES = new URL('../../../infra/policy/', import.meta.url);
const RULES = new URL('../../../packages/policy/src/policy.wasm', import.meta.url);
const MANIFESTS = `apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
---
apiVersion: v1
kind: Pod
metadata: {name: main}
spec:
  automountServiceAccountToken: false
  securityContext: {runAsNonRoot: true}
  containers:
    - name: app
      image: registry.spt-flow.svc:5000/app:1
      resources: {limits: {cpu: 2, memory: 4Gi}}
      securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
`;
/** Eight lines that are millions of texts. */
const BOMB = Array.from({ length: 8 }, (_, level) =>
  level === 0 ? 'a0: &a0 [x]' : `a${level}: &a${level} [${`*a${level - 1}, `.repeat(9)}]`,
).join('\n');
const DENIAL = {
  ...{ rule: 'images', title: 'Images of workspaces', resource: 'workspace' },
  ...{ reason: 'Image x is none of the permitted: y', remedy: 'Choose another' },
};

let server: TestServer;
let directory: string;

beforeAll(async () => {
  server = await startTestServer();
  directory = await mkdtemp(path.join(tmpdir(), 'spt-cli-policy-'));
});
afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true });
});

function check(...args: string[]) {
  return run(['policy', 'check', ...args], {
    home: directory,
    env: { SPT_FLOW_SERVER: server.url, SPT_FLOW_TOKEN: TOKEN },
  });
}

async function file(name: string, text: string): Promise<string> {
  await writeFile(path.join(directory, name), text);
  return path.join(directory, name);
}

async function planOf(sample: string): Promise<string> {
  const url = new URL(`terraform/${sample}/sample.json`, SAMPLES);
  const plan = JSON.parse(await readFile(url, 'utf8'));
  return file('plan.json', JSON.stringify({ format_version: '1.2', ...plan }));
}

describe('spt-flow policy check of a file', () => {
  it('names rule, resource, reason and remedy of what is denied, and ends with 1', async () => {
    const { exitCode, stdout } = await check(await file('pods.yaml', MANIFESTS));

    expect({ exitCode, stdout }).toEqual({
      exitCode: 1,
      stdout: `RULE    RESOURCE      REASON
images  Pod/main/app  Image registry.spt-flow.svc:5000/app:1 may change: it names no digest

images: Choose an image of image_sources, and name its digest where pinned_images is true.
`,
    });
  });

  it('ends with 0 where limits of its own permit it', async () => {
    const data = await file('limits.json', '{"workspace":{"pinned_images":false}}');
    const { exitCode, stdout } = await check(
      await file('pods.yaml', MANIFESTS),
      ...['--data', data],
    );

    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'No rule denies this\n' });
  });

  it('judges a plan of Terraform by the rules for plans', async () => {
    const denied = await check(await planOf('encryption/samples/disallowed'), '--output', 'json');
    const verdict = JSON.parse(denied.stdout);

    expect(denied.exitCode).toBe(1);
    expect(verdict.denials).toContainEqual(
      expect.objectContaining({ rule: 'encryption', resource: 'aws_s3_bucket.plain' }),
    );
  });

  it.each([
    ['is neither', 'other.json', '{"a":1}', 'neither a plan of Terraform nor a manifest'],
    ['is empty', 'empty.yaml', '', 'neither a plan of Terraform nor a manifest'],
    ['is not YAML', 'broken.yaml', 'a: [', "can't be read"],
    ['would become huge', 'bomb.yaml', BOMB, "can't be read"],
  ])('says so when it %s', async (_what, name, text, says) => {
    const { exitCode, stderr } = await check(await file(name, text));

    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringContaining(says) });
  });

  it('asks compiled rules of your own too', async () => {
    const bundle = path.join(directory, 'own');
    await mkdir(bundle);
    const pods = await file('pods.yaml', MANIFESTS);
    const broken = await check(pods, '--bundle', bundle);
    await copyFile(RULES, path.join(bundle, 'policy.wasm'));
    const { exitCode, stdout } = await check(pods, '--bundle', bundle, '--output', 'json');

    expect(broken).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('policy.wasm') });
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout).denials).toMatchObject([{ rule: 'images' }, { rule: 'images' }]);
  });

  it('says so when it is not there, or limits are not known', async () => {
    const unknown = await file('limits.json', '{"workspace":{"max_cpu":1}}');

    expect(await check(path.join(directory, 'nowhere'))).toMatchObject({ exitCode: 2 });
    expect(await check(await file('a.yaml', MANIFESTS), '--data', unknown)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('max_cpu'),
    });
  });
});

describe('spt-flow policy check of a workspace', () => {
  beforeEach(() => {
    server.on(workspaceRoutes.policy, ({ params }) => {
      if (params['handle'] === 'broken') throw new Failure('policy_failed');
      return { permitted: params['handle'] !== 'demo', denials: [DENIAL] };
    });
  });

  it('says what the server says', async () => {
    const { exitCode, stdout } = await check('--workspace', 'demo');

    expect(exitCode).toBe(1);
    expect(stdout).toContain('images  workspace  Image x is none of the permitted: y');
    expect(await check('--workspace', 'other')).toMatchObject({ exitCode: 0 });
  });

  it('is no permission when the rules give no answer', async () => {
    expect(await check('--workspace', 'broken')).toMatchObject({ exitCode: 1, stdout: '' });
  });

  it.each([
    [[]],
    [['a.json', '--workspace', 'demo']],
    [['--workspace', 'demo', '--data', 'x']],
    [['--workspace', 'demo', '--bundle', 'x']],
  ])('takes either a file or a workspace: %j', async (args) => {
    expect(await check(...args)).toMatchObject({ exitCode: 2, stdout: '' });
  });
});
