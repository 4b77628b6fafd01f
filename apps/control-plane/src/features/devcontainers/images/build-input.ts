import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { isInside, type ConfigFiles, type DevcontainerConfig } from '../reading/index.ts';
import { BUILT_REPOSITORY } from './docker-engine.ts';
import type { BuildConfig } from './image-builder.ts';
import type { Refuse } from '../rules/index.ts';

/** Written into the copy for what has an image and no Dockerfile, so that everything is built in one way. */
const GENERATED = '.spt-flow.Dockerfile';

export interface BuildNeeds {
  readonly config: BuildConfig;
  /** What the build reads of the project. */
  readonly paths: readonly string[];
  /** Files that the copy needs besides. */
  readonly generated: Readonly<Record<string, string>>;
}

export interface BuildTerms {
  readonly refuse: Refuse;
  /** False: what is built could tell anybody what a workspace with an egress list may not. */
  readonly hasNetwork: boolean;
}

/** buildNeeds says what has to be built; undefined: the image is taken as it is. */
export function buildNeeds(
  files: ConfigFiles,
  config: DevcontainerConfig,
  { refuse, hasNetwork }: BuildTerms,
): BuildNeeds | undefined {
  const dockerfile = config.build?.dockerfile ?? config.dockerFile;
  if (dockerfile === undefined && config.features === undefined) return undefined;
  const folder = posix.dirname(files.file);
  // A build of nothing but an image reads nothing else.
  const context = dockerfile === undefined ? '.' : (config.build?.context ?? config.context ?? '.');
  const inRepository = (value: string, path: string[]): string => {
    const normal = posix.normalize(posix.join(folder, value)).replace(/(?<=.)\/$/, '');
    if (posix.isAbsolute(value) || !isInside(normal))
      refuse('build-context', path, `"${value}", which is outside of the repository,`);
    return normal;
  };
  const paths = [
    ...(folder === '.' ? [files.file] : ['.devcontainer']),
    ...Object.keys(config.features ?? {})
      .filter((id) => id.startsWith('./'))
      .map((id) => posix.join(folder, id)),
    ...(dockerfile === undefined
      ? []
      : [
          inRepository(dockerfile, config.build ? ['build', 'dockerfile'] : ['dockerFile']),
          inRepository(context, config.build?.context ? ['build', 'context'] : ['context']),
        ]),
  ];
  return {
    paths: withoutCovered(paths),
    generated:
      dockerfile === undefined
        ? { [posix.join(folder, GENERATED)]: `FROM ${config.image ?? 'scratch'}\n` }
        : {},
    config: buildConfigOf(config, { dockerfile: dockerfile ?? GENERATED, context, hasNetwork }),
  };
}

/** What the reference implementation reads of it. */
function buildConfigOf(
  config: DevcontainerConfig,
  {
    dockerfile,
    context,
    hasNetwork,
  }: { dockerfile: string; context: string } & Pick<BuildTerms, 'hasNetwork'>,
): BuildConfig {
  const { build, features, overrideFeatureInstallOrder, remoteUser, containerUser } = config;
  return {
    build: {
      dockerfile,
      context,
      ...(build?.args && { args: build.args }),
      ...(build?.target && { target: build.target }),
      // A build that is cancelled leaves no container of a step.
      options: ['--force-rm', ...(hasNetwork ? [] : ['--network=none'])],
    },
    ...(features && { features }),
    ...(overrideFeatureInstallOrder && { overrideFeatureInstallOrder }),
    ...(remoteUser && { remoteUser }),
    ...(containerUser && { containerUser }),
  };
}

/** A directory brings along what is in it. */
function withoutCovered(paths: readonly string[]): string[] {
  if (paths.includes('.')) return ['.'];
  return [...new Set(paths)].filter(
    (path) => !paths.some((other) => other !== path && path.startsWith(`${other}/`)),
  );
}

/** imageNameOf names an image by all that it is made of. */
export function imageNameOf(needs: BuildNeeds, treeHash: string, baseId: string): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([needs.config, needs.generated, treeHash, baseId]))
    .digest('hex');
  return `${BUILT_REPOSITORY}:${hash.slice(0, 32)}`;
}
