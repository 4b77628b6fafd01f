import * as z from 'zod';
import { AppError } from '@spt-flow/shared/domain/errors';
import {
  fullWords,
  isFoundById,
  isOutOfDisk,
  LABELS,
  type DockerProvider,
} from '../../providers/index.ts';
import { MetadataSchema, type Metadata } from '../reading/index.ts';
import { runProgram, type ProgramEnd } from './run-program.ts';

/** BUILT_REPOSITORY names the images of builds. */
export const BUILT_REPOSITORY = 'spt-flow/devcontainer';
/** The label in which the specification keeps what an image and its features ask for. */
const METADATA_LABEL = 'devcontainer.metadata';

/** ImageFacts are what a plan needs to know of an image. */
export interface ImageFacts {
  readonly id: string;
  /** Empty: root. */
  readonly user: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly metadata: readonly Metadata[];
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
}

export interface Work {
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => void;
  /** Of an image that is fetched: how far it is. */
  readonly onProgress: (words: string) => void;
}

/** DockerEngine is the engine's own command: the reference implementation of devcontainers needs it too. */
export type DockerEngine = ReturnType<typeof createDockerEngine>;

export interface DockerEngineDeps {
  /** Where programs are found. */
  readonly searchPath: string;
  /** Address of the engine, as DOCKER_HOST names it; undefined: its default. */
  readonly host: string | undefined;
  /** Whose images of builds are looked after. */
  readonly installationId: string;
  readonly pullImage: DockerProvider['pullImage'];
}

/** createDockerEngine asks the engine through its command, which sees nothing of the control plane's environment. */
export function createDockerEngine({
  searchPath,
  host,
  installationId,
  pullImage,
}: DockerEngineDeps) {
  // No HOME: sign-ins to registries of whoever runs the control plane are not for repositories to use.
  const env = { PATH: searchPath, HOME: '/nonexistent', ...(host && { DOCKER_HOST: host }) };

  async function docker(
    args: readonly string[],
    work: Pick<Work, 'signal' | 'onLine'>,
  ): Promise<ProgramEnd> {
    try {
      return await runProgram({ argv: ['docker', ...args], env, ...work });
    } catch (error) {
      if (!isMissing(error)) throw error;
      throw new AppError(
        'devcontainer_failed',
        'Devcontainers need the command "docker" on the machine of the control plane',
        { cause: error },
      );
    }
  }

  async function inspect(reference: string, signal: AbortSignal): Promise<ImageFacts | undefined> {
    const lines: string[] = [];
    const { exitCode, stdout } = await docker(['image', 'inspect', '--', reference], {
      signal,
      onLine: (line) => lines.push(line),
    });
    const facts = exitCode === 0 ? factsOf(reference, stdout) : undefined;
    if (facts) return isFoundById(reference, facts.id) ? undefined : facts;
    const words = lines.join(' ');
    if (/no such image/i.test(words)) return undefined;
    throw new AppError('devcontainer_failed', `The container engine does not answer: ${words}`);
  }

  return {
    env,
    inspect,

    /** Takes the image from the engine, else from its registry. */
    async obtain(reference: string, work: Work): Promise<ImageFacts> {
      const present = await inspect(reference, work.signal);
      if (present) return present;
      await pullImage(reference, work);
      const pulled = await inspect(reference, work.signal);
      if (pulled) return pulled;
      throw new AppError('devcontainer_failed', `The engine does not have "${reference}"`);
    },

    /** Names of the images that were built for this installation, the newest first; without the command none were. */
    async listBuilt(signal: AbortSignal): Promise<string[]> {
      const { exitCode, stdout } = await docker(
        [
          ...['image', 'ls', '--format', '{{.CreatedAt}}\t{{.Repository}}:{{.Tag}}'],
          ...['--filter', `reference=${BUILT_REPOSITORY}`],
          ...['--filter', `label=${LABELS.installation}=${installationId}`],
        ],
        { signal, onLine: () => undefined },
      ).catch((error: unknown) => {
        if (error instanceof AppError && isMissing(error.cause)) return { exitCode: 0, stdout: '' };
        throw error;
      });
      return exitCode === 0 ? newestFirst(stdout) : [];
    },

    /** False: something in the engine still needs it. */
    async remove(name: string, signal: AbortSignal): Promise<boolean> {
      const { exitCode } = await docker(['image', 'rm', '--', name], {
        signal,
        onLine: () => undefined,
      });
      return exitCode === 0;
    },

    /** Gives everything in some volumes to an account of an image; nothing else runs with the right to do so. */
    async giveVolumes(
      volumes: readonly string[],
      to: { readonly image: string; readonly owner: string },
      signal: AbortSignal,
    ): Promise<void> {
      let last = '';
      const { exitCode } = await docker(
        [
          ...['run', '--rm', '--label', 'ManagedBy=spt-flow', '--network', 'none', '--user', '0:0'],
          ...['--cap-drop', 'ALL', '--cap-add', 'CHOWN', '--cap-add', 'DAC_READ_SEARCH'],
          ...['--security-opt', 'no-new-privileges', '--entrypoint', 'chown'],
          ...volumes.flatMap((name, index) => ['--volume', `${name}:/volumes/${index}`]),
          ...[to.image, '-R', '-h', '--', to.owner, '/volumes'],
        ],
        { signal, onLine: (line) => (last = line) },
      );
      if (exitCode !== 0 && isOutOfDisk(last))
        throw new AppError('engine_disk_full', fullWords('the files of another user', last));
      if (exitCode !== 0)
        throw new AppError(
          'devcontainer_failed',
          `The files could not be given to the user "${to.owner.replace(/:$/, '')}": ${last}`,
        );
    },
  };
}

/** Podman lists the oldest first. */
function newestFirst(text: string): string[] {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines
    .map((line) => line.split('\t'))
    .toSorted(([one = ''], [other = '']) => (one < other ? 1 : one > other ? -1 : 0))
    .flatMap(([, name]) => name ?? []);
}

const ImageSchema = z
  .array(
    z.object({
      Id: z.string(),
      Config: z.object({
        User: z.string().nullish(),
        Env: z.array(z.string()).nullish(),
        Labels: z.record(z.string(), z.string()).nullish(),
        Entrypoint: z.array(z.string()).nullish(),
        Cmd: z.array(z.string()).nullish(),
      }),
    }),
  )
  .min(1);

function factsOf(reference: string, text: string): ImageFacts {
  const [image] = ImageSchema.parse(JSON.parse(text));
  if (!image) throw new Error('the engine described no image');
  const { User, Env, Labels, Entrypoint, Cmd } = image.Config;
  const pairs = (Env ?? []).map((entry): [string, string] => {
    const [name = '', ...value] = entry.split('=');
    return [name, value.join('=')];
  });
  return {
    id: image.Id,
    user: User ?? '',
    environment: Object.fromEntries(pairs),
    metadata: readMetadata(reference, Labels?.[METADATA_LABEL]),
    entrypoint: Entrypoint ?? [],
    command: Cmd ?? [],
  };
}

/** Written by whoever made the image: checked like what the repository wrote. */
function readMetadata(reference: string, label: string | undefined): Metadata[] {
  if (label === undefined) return [];
  try {
    const value: unknown = JSON.parse(label);
    return z.array(MetadataSchema).parse(Array.isArray(value) ? value : [value]);
  } catch (cause) {
    throw new AppError(
      'devcontainer_failed',
      `The label "${METADATA_LABEL}" of the image "${reference}" can't be read`,
      { cause },
    );
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
