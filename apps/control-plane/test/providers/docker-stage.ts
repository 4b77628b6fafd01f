import { randomUUID } from 'node:crypto';
import { chmod, rm } from 'node:fs/promises';
import Docker from 'dockerode';
import { ensureBaseImage } from '../../../../scripts/lib/base-image.mjs';
import { requireEngine } from '../../../../scripts/lib/container-engine.mjs';
import { createDockerProvider, type DockerProvider } from '../../src/features/providers/index.ts';
import { framesOf } from '../../src/features/providers/docker/engine/frames.ts';
import type { UpgradeHandler } from '../../src/lib/upgrade-router.ts';
import { builtExecutables } from '../workspaces/agent-bundle.ts';
import { newDataDirectory } from '../workspaces/workspaces-server.ts';

/** DockerStage is a provider with an installation of its own in the engine of this machine. */
export interface DockerStage {
  readonly provider: DockerProvider;
  readonly engine: Docker;
  readonly image: string;
  readonly dataDirectory: string;
  readonly installationId: string;
  /** Another provider of the same installation. */
  create(routeAgentUpgrade: UpgradeHandler): DockerProvider;
  /** As after the control plane was killed. */
  successor(change?: { callLimitMs?: number }): DockerProvider;
  container(workspaceId: string): Docker.Container;
  /** Runs a shell command as the workspace's user, without its agent. */
  exec(workspaceId: string, command: string): Promise<string>;
  close(): Promise<void>;
}

export interface DockerStageOptions {
  readonly routeAgentUpgrade: UpgradeHandler;
  readonly socket?: string;
  readonly image?: string;
  readonly agentDirectory?: string;
  readonly resolveHost?: (host: string) => Promise<string>;
  readonly pullStallMs?: number;
}

export async function newDockerStage(options: DockerStageOptions): Promise<DockerStage> {
  const socket = options.socket ?? (await requireEngine()).socket;
  const image = options.image ?? (await ensureBaseImage({ socket }));
  const data = await newDataDirectory();
  // An engine that is not root's finds its way to what it mounts.
  await chmod(data.path, 0o711);
  const installationId = randomUUID();
  const engine = new Docker({ socketPath: socket });
  const providerOptions = {
    ...{ installationId, dataDirectory: data.path, defaultImage: image, caps: {} },
    agentDirectory: options.agentDirectory ?? (await builtExecutables()),
    environment: { DOCKER_HOST: `unix://${socket}` },
    ...(options.pullStallMs && { pullStallMs: options.pullStallMs }),
    ...(options.resolveHost && { resolveHost: options.resolveHost }),
  };
  const create = (routeAgentUpgrade: UpgradeHandler, change = {}) =>
    createDockerProvider({ ...providerOptions, routeAgentUpgrade, ...change });
  const provider = create(options.routeAgentUpgrade);
  const container = (workspaceId: string) => engine.getContainer(`spt-flow-${workspaceId}`);
  return {
    ...{ provider, engine, image, container, create, installationId },
    dataDirectory: data.path,
    successor: (change) => create(options.routeAgentUpgrade, change),
    exec: (workspaceId, command) => exec(container(workspaceId), command),
    async close() {
      await provider.reap();
      await removeAll(engine, installationId);
      await rm(data.path, { recursive: true, force: true });
    },
  };
}

async function exec(container: Docker.Container, command: string): Promise<string> {
  const run = await container.exec({
    // One pipe for both keeps what was written in order.
    Cmd: ['/bin/sh', '-c', `exec 2>&1; ${command}`],
    AttachStdout: true,
    AttachStderr: true,
  });
  let output = '';
  for await (const bytes of framesOf(await run.start({}))) output += bytes.toString();
  return output;
}

/** What tests made: the agent's volume stays, because all share it. */
async function removeAll(engine: Docker, installationId: string): Promise<void> {
  const filters = JSON.stringify({ label: [`spt-flow.installation=${installationId}`] });
  const { Volumes: volumes } = await engine.listVolumes({ filters });
  for (const { Name: name } of volumes)
    if (!name.startsWith('spt-flow-agent-')) await engine.getVolume(name).remove();
  for (const { Id: id } of await engine.listNetworks({ filters }))
    await engine.getNetwork(id).remove();
}
