import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { inRoot } from '../root.mjs';
import { freePort, pull, push, startRegistry } from './test-registry.mjs';

const MIRROR = inRoot('infra/images/registry-mirror/config.yaml');
const SMALL_BYTES = 20_000;
/** Images of Docker, features of devcontainers, and images of devcontainers come from these. */
const REGISTRIES = ['docker.io', 'ghcr.io', 'mcr.microsoft.com'];

let folder;
let ports;
let upstream;
let mirror;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'spt-flow-mirror-'));
  ports = { upstream: await freePort(), mirror: await freePort() };
  const storage = `storage: { filesystem: { rootdirectory: ${path.join(folder, 'upstream')} } }`;
  await writeFile(path.join(folder, 'upstream.yaml'), `version: 0.1\n${storage}\n`);
  await startUpstream();
});
afterAll(async () => {
  await upstream.stop();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  await mkdir(storageFolder());
});
afterEach(async () => {
  await mirror.stop();
  await rm(storageFolder(), { recursive: true });
});

function storageFolder() {
  return path.join(folder, 'mirror');
}

async function startUpstream() {
  const config = path.join(folder, 'upstream.yaml');
  upstream = await startRegistry({ config, port: ports.upstream });
}

async function startMirror() {
  const variables = {
    REGISTRY_PROXY_REMOTEURL: `http://127.0.0.1:${ports.upstream}`,
    REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: storageFolder(),
  };
  mirror = await startRegistry({ config: MIRROR, port: ports.mirror, variables });
}

async function emptyStorage() {
  for (const name of await readdir(storageFolder()))
    await rm(path.join(storageFolder(), name), { recursive: true });
}

/** It keeps a blob beside the answer, and a moment after it. */
async function untilKept(blobs) {
  await vi.waitFor(
    async () => {
      const files = await readdir(storageFolder(), { recursive: true });
      expect(files.filter((file) => /\/blobs\/sha256\/.*\/data$/.test(file))).toHaveLength(blobs);
    },
    { timeout: 20_000 },
  );
}

it('an image comes through the mirror, and from it alone while the registry is away', async () => {
  await push(upstream.base, 'kept', SMALL_BYTES);
  await push(upstream.base, 'unknown', SMALL_BYTES);
  await startMirror();

  await pull(mirror.base, 'kept');
  await untilKept(3);
  await upstream.stop();

  await pull(mirror.base, 'kept');
  await expect(pull(mirror.base, 'unknown')).rejects.toThrow(/^[45]\d\d .*"code":"\w+"/);
  await startUpstream();
  await pull(mirror.base, 'unknown');
});

it('what is not there is told apart from a registry that is away', async () => {
  await startMirror();

  await expect(pull(mirror.base, 'nowhere')).rejects.toThrow(/^404 .*UNKNOWN/);
});

it('a cache that was emptied while it served fills again', async () => {
  await push(upstream.base, 'wiped', SMALL_BYTES);
  await startMirror();
  await pull(mirror.base, 'wiped');
  await untilKept(3);

  await emptyStorage();
  await pull(mirror.base, 'wiped');

  await untilKept(3);
});

describe.skipIf(process.getuid() !== 0)('containerd on a node', () => {
  let containerd;
  beforeAll(async () => {
    containerd = await startContainerd(path.join(folder, 'containerd'), await installHosts());
  });
  afterAll(() => containerd.stop());

  it.each(REGISTRIES)('asks the mirror for what is of %s', async (registry) => {
    const name = `devcontainers/${registry}`;
    await push(upstream.base, name, SMALL_BYTES);
    await startMirror();

    containerd.fetch(`${registry}/${name}:1`);

    await untilKept(3);
  });

  it('asks the mirror, and the registry when the mirror is away', async () => {
    await push(upstream.base, 'library/near', SMALL_BYTES);
    await push(upstream.base, 'library/far', SMALL_BYTES);
    await startMirror();

    containerd.fetch('docker.io/library/near:1');
    await untilKept(3);
    await mirror.stop();

    containerd.fetch('docker.io/library/far:1');
  });

  it('asks the registry when the mirror has no room, and the mirror works again once it was emptied', async () => {
    await push(upstream.base, 'library/large', 5_000_000);
    await push(upstream.base, 'library/small', SMALL_BYTES);
    succeed('mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', storageFolder());
    try {
      await startMirror();
      await pull(mirror.base, 'library/large');
      await vi.waitFor(
        () =>
          expect(pull(mirror.base, 'library/small')).rejects.toThrow(
            /^500 .*"Op":"write".*"Err":28/,
          ),
        { timeout: 20_000 },
      );
      containerd.fetch('docker.io/library/small:1');

      await emptyStorage();

      await pull(mirror.base, 'library/small');
      await untilKept(3);
    } finally {
      await mirror.stop();
      succeed('umount', storageFolder());
    }
  });
});

/** As on a node, but for the addresses. */
async function installHosts() {
  const target = path.join(folder, 'certs.d');
  succeed(inRoot('infra/images/registry-mirror/install-hosts.sh'), target);
  for (const registry of REGISTRIES) {
    const file = path.join(target, registry, 'hosts.toml');
    const text = await readFile(file, 'utf8');
    await writeFile(
      file,
      text
        .replace(/127\.0\.0\.1:3050\d/, `127.0.0.1:${ports.mirror}`)
        .replace(/^server = ".*"$/m, `server = "http://127.0.0.1:${ports.upstream}"`),
    );
  }
  return target;
}

async function startContainerd(directory, hosts) {
  const address = path.join(directory, 'containerd.sock');
  const args = ['--root', `${directory}/root`, '--state', `${directory}/state`];
  const child = spawn('containerd', [...args, '--address', address], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  const ctr = (...rest) => succeed('ctr', '--address', address, ...rest);
  await vi.waitFor(() => ctr('version'), { timeout: 20_000, interval: 200 });
  return {
    fetch: (image) => ctr('content', 'fetch', '--hosts-dir', hosts, image),
    async stop() {
      child.kill();
      await ended;
    },
  };
}

function succeed(...command) {
  const [program, ...args] = command;
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  expect(status, stderr).toBe(0);
}
