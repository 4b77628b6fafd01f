import { cp, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { inRoot } from '../../root.mjs';
import { capture } from '../../run.mjs';
import { modelProblems, OUTSIDE_KEYS } from './config.mjs';

let folder;

function create(...args) {
  // No engine is asked where it keeps its files.
  const env = { PATH: process.env.PATH, DOCKER_HOST: 'unix:///run/engine/docker.sock' };
  return capture(path.join(folder, 'create-env.sh'), args, { env });
}

async function read(name) {
  return parseEnv(await readFile(path.join(folder, name), 'utf8'));
}

async function readBoth() {
  return { ...(await read('.env')), ...(await read('settings.env')) };
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
    const first = await readBoth();
    const again = await create('registry.example.com/flow:2');

    const secrets = Object.entries(first)
      .filter(
        ([name]) =>
          /(SECRET_KEY|TOKEN|PASSWORD|WEBHOOK_SECRET)$/.test(name) && !OUTSIDE_KEYS.includes(name),
      )
      .map(([, value]) => value);
    expect(first).toMatchObject({
      SPT_FLOW_IMAGE: 'registry.example.com/flow:1',
      SPT_FLOW_PREVIEW_DOMAIN: 'preview.flow.example.com',
      DOCKER_SOCKET: '/run/engine/docker.sock',
      DOCKER_DATA_DIRECTORY: '/var/lib/docker',
    });
    expect(new Set(secrets).size).toBe(8);
    expect(OUTSIDE_KEYS.map((name) => first[name])).toEqual(OUTSIDE_KEYS.map(() => ''));
    for (const name of ['.env', 'settings.env'])
      expect((await stat(path.join(folder, name))).mode & 0o777).toBe(0o600);
    expect(again.exitCode).toBe(1);
    expect(await readBoth()).toEqual(first);
  });
});

describe('docker/compose.yaml', () => {
  it('asks for what the script writes, and for nothing else', async () => {
    await create('registry.example.com/flow:1');
    const text = await readFile(inRoot('docker/compose.yaml'), 'utf8');
    const required = [...text.matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name);
    const named = [...text.matchAll(/\$\{(\w+)/g)].map(([, name]) => name);

    const written = Object.keys(await read('.env'));

    expect(written).toEqual(expect.arrayContaining(required));
    // What Compose hands on as a file it names without a dollar.
    expect([...named, 'METRICS_TOKEN']).toEqual(expect.arrayContaining(written));
  });

  it('has services with versions, health checks and no open ports but those of Caddy', async () => {
    const text = await readFile(inRoot('docker/compose.yaml'), 'utf8');
    const { services, volumes } = parse(text, { merge: true });
    const model = { services: mapValues(services, normalized), volumes };

    expect(modelProblems(model, { root: inRoot(), secrets: [] })).toEqual([]);
    expect(Object.keys(services)).toEqual(
      expect.arrayContaining(['control-plane', 'postgres', 'caddy', 'loki', 'log-collector']),
    );
  });
});

function mapValues(object, map) {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value)]));
}

/** The short forms as Compose's parser writes them out; names of images in variables count as given with a version. */
function normalized({ image, ports = [], volumes = [], ...service }) {
  return {
    ...service,
    image: image.replace(/^\$\{\w+:(?:-(.*)|\?.*)\}$/, (_whole, fallback) => fallback ?? 'given:1'),
    ports: ports.map((text) => {
      const [address, protocol = 'tcp'] = text.replace(/\$\{\w+:\?\}/g, '5050').split('/');
      const parts = address.split(':');
      return { host_ip: parts.at(-3), published: parts.at(-2), protocol };
    }),
    volumes: volumes.map((volume) => {
      if (typeof volume !== 'string') return volume;
      const [source] = volume.split(':');
      return { type: /^[./$]/.test(source) ? 'bind' : 'volume', source };
    }),
  };
}

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
    ['with a check that Podman takes apart', { healthcheck: { test: ['CMD', 'a', 'b c'] } }],
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
