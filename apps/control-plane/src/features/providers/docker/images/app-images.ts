import { Readable } from 'node:stream';
import type Docker from 'dockerode';
import * as z from 'zod';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { WorkspaceLimits } from '@spt-flow/shared/domain/workspace-settings';
import {
  fullWords,
  isOutOfDisk,
  openEngine,
  toAppError,
  unlessMissing,
  wordsOf,
} from '../engine/engine.ts';
import { linesOf } from '../engine/lines.ts';
import { carries, LABELS, labelsOf, type Labels } from '../../labels.ts';

const APP_LABEL = 'spt-flow.app';
const CPU_PERIOD_MICROS = 100_000;

export interface AppImageBuild {
  readonly name: string;
  readonly projectId: string;
  readonly commit: string;
  /** A tar archive with the Dockerfile. */
  readonly context: AsyncIterable<Uint8Array>;
  /** Of what its commands use. */
  readonly limits: WorkspaceLimits;
  /** False: its commands reach nothing. */
  readonly hasNetwork: boolean;
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => void | Promise<void>;
}

export interface AppImagePush {
  readonly name: string;
  /** What the registry is to call it, with the registry. */
  readonly repository: string;
  readonly tag: string;
  readonly account: { readonly user: string; readonly password: string } | undefined;
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => void | Promise<void>;
}

/** AppImages makes container images of apps in the engine. */
export interface AppImages {
  /** AppError `pipeline_image_failed` or `engine_disk_full` says why there is none. */
  build(build: AppImageBuild): Promise<void>;
  push(push: AppImagePush): Promise<void>;
  /** Removes all but the newest of a project; those in use stay. */
  keepNewest(projectId: string, count: number): Promise<void>;
  /** Ids of the projects that have images. */
  projects(): Promise<ReadonlySet<string>>;
}

/** createAppImages asks the engine's own builder, which bounds memory and processors and sees no file of this machine. */
export function createAppImages({
  environment,
  installationId: installation,
}: {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly installationId: string;
}): AppImages {
  const engine = openEngine({ environment });
  const labels = { ...labelsOf({ installation }), [APP_LABEL]: 'true' };

  async function answer<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw toAppError(error, engine);
    }
  }

  /** Podman finds no image by several labels at once. */
  const list = (wanted: Labels) =>
    answer(async () => {
      const found = await engine.api.listImages({ filters: { label: [`${APP_LABEL}=true`] } });
      return found.filter(({ Labels: has }) => carries(has, wanted));
    });

  return {
    build: ({ name, projectId, commit, context, limits, hasNetwork, signal, onLine }) =>
      answer(async () => {
        const stream = await engine.until(signal).buildImage(Readable.from(context), {
          ...{ t: name, rm: true, forcerm: true, q: false },
          // From registries only: the engine has images of other tenants, and takes what begins an identity for a name.
          pull: true,
          ...(!hasNetwork && { networkmode: 'none' }),
          ...{ memory: limits.memoryBytes, memswap: limits.memoryBytes },
          ...{ cpuperiod: CPU_PERIOD_MICROS, cpuquota: limits.cpus * CPU_PERIOD_MICROS },
          labels: {
            ...withProject(labels, projectId),
            'org.opencontainers.image.revision': commit,
          },
        });
        await follow(stream, { signal, onLine, failure: 'No image was made of the app' });
      }),

    push: ({ name, repository, tag, account, signal, onLine }) =>
      answer(async () => {
        await engine.api.getImage(name).tag({ repo: repository, tag });
        const image: Docker.Image = engine.until(signal).getImage(`${repository}:${tag}`);
        // The engine refuses to push where nothing is said of an account.
        const authconfig = {
          ...(account && { username: account.user, password: account.password }),
          serveraddress: repository.split('/')[0] ?? '',
        };
        const stream = await image.push({ authconfig });
        await follow(stream, {
          ...{ signal, onLine },
          failure: 'The image was made, but the registry did not take it',
        });
      }),

    async keepNewest(projectId, count) {
      const images = (await list(withProject(labels, projectId))).toSorted(
        (a, b) => b.Created - a.Created,
      );
      for (const { Id, RepoTags } of images.slice(count))
        for (const name of RepoTags?.length ? RepoTags : [Id])
          await unlessMissing(engine.api.getImage(name).remove()).catch(() => undefined); // In use.
    },

    async projects() {
      const images = await list(labels);
      return new Set(images.flatMap(({ Labels: has }) => has[LABELS.project] ?? []));
    },
  };
}

function withProject(labels: Readonly<Record<string, string>>, projectId: string) {
  return { ...labels, [LABELS.project]: projectId };
}

const AnswerSchema = z.object({
  /** Of a layer, whose state comes again and again. */
  id: z.string().optional(),
  stream: z.string().optional(),
  status: z.string().optional(),
  error: z.string().optional(),
});

async function follow(
  stream: NodeJS.ReadableStream,
  {
    signal,
    onLine,
    failure,
  }: Pick<AppImageBuild, 'signal' | 'onLine'> & { readonly failure: string },
): Promise<void> {
  const output = stream instanceof Readable ? stream : new Readable().wrap(stream);
  const stop = () => output.destroy();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  const states = new Map<string, string>();
  try {
    for await (const line of linesOf(output)) {
      const { id, stream: text, status = '', error } = AnswerSchema.parse(JSON.parse(line));
      if (error !== undefined) throw failureOf(failure, error);
      const words = id === undefined ? (text ?? status).trimEnd() : `${id}: ${status}`;
      if (words === '' || (id !== undefined && states.get(id) === status)) continue;
      if (id !== undefined) states.set(id, status);
      await onLine(words);
    }
    signal.throwIfAborted();
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof AppError ? error : failureOf(failure, wordsOf(error));
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function failureOf(failure: string, words: string): AppError {
  return isOutOfDisk(words)
    ? new AppError('engine_disk_full', fullWords('the image of the app', words))
    : new AppError('pipeline_image_failed', `${failure}: ${words}`);
}
