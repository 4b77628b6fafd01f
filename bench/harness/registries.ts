import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { startCommand } from './command.ts';
import { freePort } from '../../e2e/harness/free-port.ts';
import { untilListening } from './until-listening.ts';

const MIRROR = path.resolve('infra/images/registry-mirror/config.yaml');

export interface Registries {
  /** As images are named that come from it. */
  readonly upstream: string;
  readonly mirror: string;
  mirroredBytes(): Promise<number>;
  stop(): Promise<void>;
}

/** startRegistries runs an empty registry and a mirror of it, as infra/images/registry-mirror configures it. */
export async function startRegistries(): Promise<Registries> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'spt-flow-registries-'));
  const [upstreamPort, mirrorPort] = [await freePort(), await freePort()];
  const kept = path.join(folder, 'mirror');
  await mkdir(kept);
  const config = path.join(folder, 'upstream.yaml');
  const storage = `storage: { filesystem: { rootdirectory: ${path.join(folder, 'upstream')} } }`;
  await writeFile(config, `version: 0.1\nlog: { level: error }\n${storage}\n`);
  const serve = (file: string, port: number, env = {}) =>
    startCommand(['docker-registry', 'serve', file], {
      env: {
        REGISTRY_HTTP_ADDR: `127.0.0.1:${port}`,
        REGISTRY_LOG_ACCESSLOG_DISABLED: 'true',
        ...env,
      },
      quiet: true,
    });
  const upstream = serve(config, upstreamPort);
  const mirror = serve(MIRROR, mirrorPort, {
    REGISTRY_LOG_LEVEL: 'error',
    REGISTRY_PROXY_REMOTEURL: `http://127.0.0.1:${upstreamPort}`,
    REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: kept,
  });
  await Promise.all([untilListening(upstreamPort), untilListening(mirrorPort)]);
  return {
    upstream: `localhost:${upstreamPort}`,
    mirror: `localhost:${mirrorPort}`,
    mirroredBytes: () => bytesBelow(kept),
    async stop() {
      await mirror.stop();
      await upstream.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function bytesBelow(folder: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(folder, { recursive: true })) {
    const found = await stat(path.join(folder, name));
    if (found.isFile()) bytes += found.size;
  }
  return bytes;
}
