import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';
import { vi } from 'vitest';
import { freePort } from '../support/ports.ts';
import { newDataDirectory } from '../workspaces/workspaces-server.ts';

/** Registry is a real registry of images on this machine, with nothing in it. */
export interface Registry {
  /** `localhost:<port>`: engines and the reference implementation speak plain HTTP to it. */
  readonly host: string;
  readonly port: number;
  /** Publishes a feature as the specification says: one layer, a tar archive. */
  pushFeature(name: string, files: Readonly<Record<string, string>>): Promise<void>;
  /** Publishes a manifest of any kind. */
  putManifest(reference: { path: string; tag: string }, manifest: object): Promise<void>;
  putBlob(path: string, content: Buffer): Promise<{ digest: string; size: number }>;
  close(): Promise<void>;
}

export async function startRegistry(): Promise<Registry> {
  const directory = await newDataDirectory();
  const port = await freePort();
  const base = `http://127.0.0.1:${port}/v2`;
  const file = path.join(directory.path, 'registry.yml');
  const storage = path.join(directory.path, 'registry');
  await writeFile(
    file,
    `version: 0.1\nlog: { level: error }\nstorage: { filesystem: { rootdirectory: ${storage} } }\nhttp: { addr: "127.0.0.1:${port}" }\n`,
  );
  const registry = spawn('docker-registry', ['serve', file], { stdio: 'ignore' });
  const ended = once(registry, 'exit');
  await vi.waitFor(async () => must(await fetch(`${base}/`)), { timeout: 20_000 });

  async function putBlob(name: string, content: Buffer) {
    const digest = digestOf(content);
    const begun = must(await fetch(`${base}/${name}/blobs/uploads/`, { method: 'POST' }));
    const target = new URL(begun.headers.get('location') ?? '', base);
    target.searchParams.set('digest', digest);
    const headers = { 'content-type': 'application/octet-stream' };
    must(await fetch(target, { method: 'PUT', body: new Uint8Array(content), headers }));
    return { digest, size: content.length };
  }

  async function putManifest({ path: name, tag }: { path: string; tag: string }, manifest: object) {
    const { mediaType } = { mediaType: '', ...manifest };
    const headers = { 'content-type': mediaType };
    const body = JSON.stringify(manifest);
    must(await fetch(`${base}/${name}/manifests/${tag}`, { method: 'PUT', headers, body }));
  }

  return {
    ...{ host: `localhost:${port}`, port, putBlob, putManifest },

    async pushFeature(name, files) {
      const archive = pack();
      for (const [entry, text] of Object.entries(files))
        archive.entry({ name: `./${entry}`, mode: 0o755 }, text);
      archive.finalize();
      const layer = await putBlob(name, await buffer(archive));
      const config = await putBlob(name, Buffer.from('{}'));
      await putManifest(
        { path: name, tag: '1' },
        {
          ...{ schemaVersion: 2, mediaType: 'application/vnd.oci.image.manifest.v1+json' },
          config: { mediaType: 'application/vnd.devcontainers', ...config },
          layers: [
            {
              ...{ mediaType: 'application/vnd.devcontainers.layer.v1+tar', ...layer },
              annotations: {
                'org.opencontainers.image.title': `devcontainer-feature-${path.basename(name)}.tgz`,
              },
            },
          ],
        },
      );
    },

    async close() {
      registry.kill();
      await ended;
      await directory.remove();
    },
  };
}

/** gzipped is a layer of an image. */
export async function gzipped(content: Buffer): Promise<Buffer> {
  const stream = createGzip();
  stream.end(content);
  return buffer(stream);
}

export function digestOf(content: Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

function must(response: Response): Response {
  if (!response.ok) throw new Error(`the registry says ${response.status}`);
  return response;
}
