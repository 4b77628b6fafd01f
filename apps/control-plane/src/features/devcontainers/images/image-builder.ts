import { mkdir, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import path from 'node:path';
import * as z from 'zod';
import { AppError } from '@spt-flow/shared/domain/errors';
import { fullWords, isOutOfDisk, LABELS } from '../../providers/index.ts';
import type { DevcontainerConfig } from '../reading/index.ts';
import type { Work } from './docker-engine.ts';
import { runProgram } from './run-program.ts';

const LAST_LINES = 8;
/** What the reference implementation says of itself when a command failed: it hides what that said. */
const ITS_OWN = /^( +at |Error: Command failed: |Exit code \d|(Start|Stop) \()/;
/** So that what builds left can be found. */
const LABEL = 'ManagedBy=spt-flow';

/** The reference implementation drops labels of its own command line where there is a Dockerfile. */
function labelled({ build, ...config }: BuildConfig, installationId: string): BuildConfig {
  const labels = [LABEL, `${LABELS.installation}=${installationId}`];
  const options = labels.flatMap((label) => ['--label', label]);
  return { ...config, build: { ...build, options: [...(build?.options ?? []), ...options] } };
}

export interface BuildInput {
  /** The copy of the repository's files; the devcontainer.json in it is replaced. */
  readonly directory: string;
  readonly configFile: string;
  readonly config: BuildConfig;
  readonly imageName: string;
  /** For what the reference implementation writes besides. */
  readonly scratch: string;
}

/** All that a build depends on: the reference implementation sees nothing else of what the repository wrote. */
export type BuildConfig = Pick<
  DevcontainerConfig,
  'build' | 'features' | 'overrideFeatureInstallOrder' | 'remoteUser' | 'containerUser'
>;

export interface ImageBuilderDeps {
  readonly nodePath: string;
  /** The program of `@devcontainers/cli`. */
  readonly cliFile: string;
  readonly env: Readonly<Record<string, string>>;
  readonly installationId: string;
}

/** createImageBuilder builds images through the reference implementation, which never starts a container here. */
export function createImageBuilder({ nodePath, cliFile, env, installationId }: ImageBuilderDeps) {
  return async function build(
    input: BuildInput,
    work: Pick<Work, 'signal' | 'onLine'>,
  ): Promise<void> {
    const { directory, configFile, config, imageName, scratch } = input;
    const file = path.join(directory, configFile);
    await prepareScratch(scratch);
    await writeFile(file, JSON.stringify(labelled(config, installationId)));
    const last: string[] = [];
    const { stdout } = await runProgram({
      argv: [
        nodePath,
        cliFile,
        'build',
        ...['--workspace-folder', directory, '--config', file],
        ...['--image-name', imageName, '--no-lockfile'],
      ],
      env: { ...env, HOME: scratch, TMPDIR: scratch },
      signal: work.signal,
      onLine(line) {
        const text = line.replace(/^\[\d{4}-[^\]]+Z\] /, '');
        if (ITS_OWN.test(text)) return;
        last.push(text);
        if (last.length > LAST_LINES) last.shift();
        work.onLine(text);
      },
    });
    if (outcomeOf(stdout) !== 'success') throw failureOf(last);
  };
}

function failureOf(lastLines: readonly string[]): AppError {
  const words = lastLines.join('\n');
  const details = { lastLines };
  return isOutOfDisk(words)
    ? new AppError('engine_disk_full', fullWords('the image of the devcontainer', words), {
        details,
      })
    : new AppError('devcontainer_failed', `The image could not be built:\n${words}`, { details });
}

/** It would ask a server of its makers for advice on features; an answer of its own that is young enough keeps it from that. */
async function prepareScratch(scratch: string): Promise<void> {
  const directory = path.join(scratch, `devcontainercli-${userInfo().username}`);
  await mkdir(directory, { recursive: true });
  await writeFile(path.join(directory, 'control-manifest.json'), '{}');
}

const OutcomeSchema = z.object({ outcome: z.string() });

function outcomeOf(stdout: string): string {
  const line = stdout.trim().split('\n').at(-1) ?? '';
  try {
    return OutcomeSchema.parse(JSON.parse(line)).outcome;
  } catch {
    // It ended before it could say.
    return 'none';
  }
}
