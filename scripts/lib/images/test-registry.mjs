import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { vi } from 'vitest';

const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const IMAGE = 'application/vnd.docker.container.image.v1+json';
const LAYER = 'application/vnd.docker.image.rootfs.diff.tar.gzip';

/** startRegistry runs Debian's registry with a configuration, whose entries the variables replace. */
export async function startRegistry({ config, port, variables }) {
  const env = { ...process.env, REGISTRY_HTTP_ADDR: `127.0.0.1:${port}`, ...variables };
  const child = spawn('docker-registry', ['serve', config], { env, stdio: 'ignore' });
  const ended = once(child, 'exit');
  const base = `http://127.0.0.1:${port}/v2`;
  await vi.waitFor(() => fetch(`${base}/`), { timeout: 20_000 });
  const stop = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  return { base, stop };
}

/** push publishes an image of one layer of noise, under the tag 1. */
export async function push(base, name, sizeBytes) {
  const layer = await putBlob(base, name, randomBytes(sizeBytes));
  const config = await putBlob(base, name, Buffer.from(JSON.stringify({ name })));
  const manifest = {
    ...{ schemaVersion: 2, mediaType: MANIFEST },
    ...{ config: { mediaType: IMAGE, ...config }, layers: [{ mediaType: LAYER, ...layer }] },
  };
  const headers = { 'content-type': MANIFEST };
  const body = JSON.stringify(manifest);
  must(await fetch(`${base}/${name}/manifests/1`, { method: 'PUT', headers, body }));
}

async function putBlob(base, name, content) {
  const digest = digestOf(content);
  const begun = must(await fetch(`${base}/${name}/blobs/uploads/`, { method: 'POST' }));
  const target = new URL(begun.headers.get('location'), base);
  target.searchParams.set('digest', digest);
  const headers = { 'content-type': 'application/octet-stream' };
  must(await fetch(target, { method: 'PUT', body: content, headers }));
  return { digest, size: content.length };
}

/** pull fetches an image as engines do, and holds every part to its digest; it fails with the status and what was said. */
export async function pull(base, name) {
  const headers = { accept: MANIFEST };
  const manifest = await content(await fetch(`${base}/${name}/manifests/1`, { headers }));
  const { config, layers } = JSON.parse(manifest);
  for (const { digest } of [config, ...layers]) {
    const bytes = await content(await fetch(`${base}/${name}/blobs/${digest}`));
    if (digestOf(bytes) !== digest) throw new Error(`${digest} has other content`);
  }
}

async function content(response) {
  const bytes = Buffer.from(await response.arrayBuffer());
  if (!response.ok) throw new Error(`${response.status} ${bytes.toString().slice(0, 1_000)}`);
  return bytes;
}

function digestOf(bytes) {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function must(response) {
  if (!response.ok) throw new Error(`the registry says ${response.status}`);
  return response;
}

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
