import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { AppError } from '@spt-flow/shared/domain/errors';
import * as z from 'zod';
import type { AgentProgram, FindAgentProgram } from './agent-program.ts';
import { removeContainer, unlessMissing, type Engine } from '../engine/engine.ts';
import { isFoundById } from './image-identity.ts';
import { readImageFacts, unusable, type ImageFacts } from './image-facts.ts';
import { labelsOf } from '../../labels.ts';
import { AGENT_DIRECTORY } from '../../container-paths.ts';
import { pullImage } from './pull.ts';
import { tarOf } from '../engine/tar.ts';

/** PreparedImage is an image that is in the engine, with an agent that runs in it. */
export interface PreparedImage extends ImageFacts {
  readonly name: string;
  readonly user: string;
  readonly path: string;
  /** Volume with the agent's executable. */
  readonly agentVolume: string;
  /** The executable, where the volume is mounted. */
  readonly agentFile: string;
}

export interface Images {
  isPresent(name: string): Promise<boolean>;
  prepare(name: string): Promise<PreparedImage>;
}

const ImageSchema = z.object({
  Id: z.string(),
  Architecture: z.string(),
  Config: z.object({ User: z.string().default(''), Env: z.array(z.string()).nullish() }),
});
type ImageInfo = z.infer<typeof ImageSchema>;

/** The engine describes a file in a header of its answer. */
const StatAnswerSchema = z.object({
  headers: z.object({ 'x-docker-container-path-stat': z.string() }),
});
const StatSchema = z.object({ size: z.number() });

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * createImages looks at each image once, and brings the agent into the engine: as a volume that all containers share
 * read-only, because a copy in each would cost 90 MiB and half a second.
 */
export function createImages(deps: {
  readonly engine: Engine;
  readonly installationId: string;
  readonly findAgent: FindAgentProgram;
}): Images {
  const { api } = deps.engine;
  const prepared = new Map<string, Promise<PreparedImage>>();

  async function prepare(name: string, info: ImageInfo): Promise<PreparedImage> {
    const labels = labelsOf({ installation: deps.installationId });
    const options = { Image: info.Id, Labels: labels, Entrypoint: ['/bin/sh'] };
    const facts = await withContainer(api, options, (container) =>
      readImageFacts(container, { name, architecture: info.Architecture }),
    );
    const program = await deps.findAgent(facts.platform);
    const agentVolume = `spt-flow-agent-${program.platform}-${program.sha256.slice(0, 12)}`;
    await api.createVolume({ Name: agentVolume, Labels: labels });
    const mount = { Type: 'volume' as const, Source: agentVolume, Target: AGENT_DIRECTORY };
    await withContainer(api, { ...options, HostConfig: { Mounts: [mount] } }, (container) =>
      fill(container, program),
    );
    const { User: user, Env: variables } = info.Config;
    const path = variables?.find((entry) => entry.startsWith('PATH='))?.slice('PATH='.length);
    return {
      ...facts,
      ...{ name, user, path: path || DEFAULT_PATH, agentVolume },
      agentFile: `${AGENT_DIRECTORY}/${fileName(program)}`,
    };
  }

  return {
    isPresent: async (name) => (await inspect(api, name)) !== undefined,

    async prepare(name) {
      const info = await inspectOrPull(api, name);
      const known = prepared.get(info.Id);
      if (known && (await exists(api, (await known).agentVolume)))
        return { ...(await known), name };
      const work = checkPlatform(api, name, info).then(() => prepare(name, info));
      prepared.set(info.Id, work);
      work.catch(() => prepared.delete(info.Id));
      return work;
    },
  };
}

function fileName({ platform }: AgentProgram): string {
  return `spt-flow-agent-${platform}`;
}

/** What was filled half-way when something was killed has another size. */
async function fill(container: Docker.Container, program: AgentProgram): Promise<void> {
  const { sizeBytes, file } = program;
  if ((await sizeOf(container, `${AGENT_DIRECTORY}/${fileName(program)}`)) === sizeBytes) return;
  const content = { sizeBytes, chunks: createReadStream(file) };
  const entry = { path: fileName(program), mode: 0o755, uid: 0, gid: 0, content };
  await container.putArchive(Readable.from(tarOf([entry])), { path: AGENT_DIRECTORY });
}

async function sizeOf(container: Docker.Container, path: string): Promise<number | undefined> {
  const answer: unknown = await unlessMissing(container.infoArchive({ path }));
  if (answer === undefined) return undefined;
  const { headers } = StatAnswerSchema.parse(answer);
  const stat = Buffer.from(headers['x-docker-container-path-stat'], 'base64').toString();
  return StatSchema.parse(JSON.parse(stat)).size;
}

/** A container that only lends its files, and is never started. */
async function withContainer<T>(
  api: Docker,
  options: Docker.ContainerCreateOptions,
  work: (container: Docker.Container) => Promise<T>,
): Promise<T> {
  const container = await api.createContainer(options);
  try {
    return await work(container);
  } finally {
    await removeContainer(container);
  }
}

async function exists(api: Docker, volume: string): Promise<boolean> {
  return (await unlessMissing(api.getVolume(volume).inspect())) !== undefined;
}

async function inspectOrPull(api: Docker, name: string): Promise<ImageInfo> {
  const present = await inspect(api, name);
  if (present) return present;
  const never = new AbortController();
  await pullImage(api, { name, signal: never.signal, onProgress: () => undefined });
  const pulled = await inspect(api, name);
  if (pulled) return pulled;
  throw unusable(name, 'it was pulled, and is not in the engine');
}

async function inspect(api: Docker, name: string): Promise<ImageInfo | undefined> {
  const found = await unlessMissing(api.getImage(name).inspect());
  const info = found && ImageSchema.parse(found);
  return info && !isFoundById(name, info.Id) ? info : undefined;
}

/** Engines that can run images for other processors only emulate them, and agents are too slow then. */
async function checkPlatform(
  api: Docker,
  name: string,
  { Architecture }: ImageInfo,
): Promise<void> {
  const { Arch: own } = await api.version();
  if (Architecture === own) return;
  throw new AppError(
    'image_wrong_platform',
    `The image "${name}" is made for ${Architecture}, and this machine is ${own}`,
  );
}
