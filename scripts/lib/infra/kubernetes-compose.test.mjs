import { cp, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inRoot } from '../root.mjs';
import { capture } from '../run.mjs';
import { modelProblems } from './kubernetes-compose.mjs';

let folder;

function create(...args) {
  return capture(path.join(folder, 'create-env.sh'), args);
}

async function read() {
  return parseEnv(await readFile(path.join(folder, '.env'), 'utf8'));
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'spt-flow-env-'));
  await cp(inRoot('docker/create-env.sh'), path.join(folder, 'create-env.sh'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('docker/create-env.sh', () => {
  it('asks for the image', async () => {
    expect((await create()).exitCode).toBe(64);
  });

  it('writes secrets that only the owner reads, each of its own, and keeps what is there', async () => {
    await create('registry.example.com/flow:1', 'flow.example.com');
    const first = await read();
    const again = await create('registry.example.com/flow:2');

    const secrets = Object.entries(first)
      .filter(([name]) => /(SECRET_KEY|TOKEN|PASSWORD)$/.test(name))
      .map(([, value]) => value);
    expect(first).toMatchObject({
      SPT_FLOW_IMAGE: 'registry.example.com/flow:1',
      SPT_FLOW_PREVIEW_DOMAIN: 'preview.flow.example.com',
    });
    expect(new Set(secrets).size).toBe(7);
    expect((await stat(path.join(folder, '.env'))).mode & 0o777).toBe(0o600);
    expect(again.exitCode).toBe(1);
    expect(await read()).toEqual(first);
  });
});

describe('services of the Compose file', () => {
  const good = {
    image: 'a/b:1.2',
    healthcheck: { test: ['CMD', 'true'] },
    restart: 'unless-stopped',
  };
  const look = (service, secrets = []) =>
    modelProblems({ services: { one: { ...good, ...service } } }, { root: '/nowhere', secrets });

  it('are fine as they should be', () => {
    expect(look({})).toEqual([]);
  });

  it.each([
    ['without a version', { image: 'a/b' }],
    ['as latest', { image: 'a/b:latest' }],
    ['without a health check', { healthcheck: undefined }],
    ['that stay away', { restart: undefined }],
    ['with privileges', { privileged: true }],
    ['open to everybody', { ports: [{ published: '1', protocol: 'tcp' }] }],
    ['on a volume that is not declared', { volumes: [{ type: 'volume', source: 'lost' }] }],
    ['on a file that is gone', { volumes: [{ type: 'bind', source: './lost' }] }],
  ])('%s are found', (_what, change) => {
    expect(look(change)).toHaveLength(1);
  });

  it('have no passwords that somebody thought of', () => {
    expect(look({}, [['ADMIN_PASSWORD', 'admin']])).toHaveLength(1);
  });
});
