import path from 'node:path';
import { judgeCompose, relativeBuild, type JudgedCompose } from '../compose/index.ts';
import {
  invalid,
  parseConfigDocument,
  readConfig,
  type ConfigDocument,
  type ConfigFiles,
  type DevcontainerConfig,
  type ReadText,
} from '../reading/index.ts';
import { buildNeeds, type BuildNeeds, type BuildTerms } from '../images/index.ts';
import { devcontainerId, placeOf } from './container-plan-of.ts';
import {
  judgeConfig,
  judgeFeatures,
  judgeWorkspaceMount,
  RefusalList,
  type Limits,
} from '../rules/index.ts';
import { substitute, type Variables } from './variables.ts';

export interface JudgeDeps {
  /** What `localEnv` shows. */
  readonly localEnv: Variables['localEnv'];
  readonly allowPrivileged: boolean;
  /** Registry, with a path where it has one, that features are fetched from. */
  readonly featureMirror: string | undefined;
}

export interface PlannedWorkspace {
  readonly id: string;
  readonly name: string;
  readonly isolation: Limits['isolation'];
  /** Reaches any host, not those of an egress list. */
  readonly hasNetwork: boolean;
}

/** ImageSource is where an image comes from: it is fetched, or built. */
export interface ImageSource {
  readonly image: string | undefined;
  readonly needs: BuildNeeds | undefined;
}

/** Judged is a devcontainer.json that asks for nothing forbidden, as far as it can be known before its image is there. */
export interface Judged extends ImageSource {
  readonly files: ConfigFiles;
  readonly document: ConfigDocument;
  readonly written: DevcontainerConfig;
  readonly limits: Limits;
  readonly variables: Variables;
  readonly compose: JudgedCompose | undefined;
  /** Of the services beside the workspace's own, by name. */
  readonly sources: ReadonlyMap<string, ImageSource>;
}

interface JudgeInput {
  readonly workspace: PlannedWorkspace;
  readonly files: ConfigFiles;
  readonly readText: ReadText;
}

/** judgeDevcontainer reads a devcontainer and everything that it names, and refuses what is not permitted. */
export async function judgeDevcontainer(deps: JudgeDeps, input: JudgeInput): Promise<Judged> {
  const { workspace, files, readText } = input;
  const document = parseConfigDocument(files.file, files.text);
  const written = readConfig(document);
  const limits = { isolation: workspace.isolation, allowPrivileged: deps.allowPrivileged };
  const variables = variablesOf(deps, workspace);
  const refusals = new RefusalList();
  const compose = await judgeCompose({
    ...{ document, file: files.file, limits, refusals, readText },
    ...{ localEnv: deps.localEnv, localWorkspaceFolder: variables.localWorkspaceFolder },
    config: substitute(written, variables),
  });
  const { mountAt, folder } = placeOf(written, variables, compose?.main);
  const containerWorkspaceFolder = path.posix.join(mountAt, folder);
  const config = substitute(written, { ...variables, containerWorkspaceFolder });
  const refuse = refusals.in(document);
  judgeConfig(withoutUnknown(config), limits, refuse);
  judgeWorkspaceMount(config, variables.localWorkspaceFolder, refuse);
  const features = judgeFeatures(files, config, { mirror: deps.featureMirror, refuse });
  const own = sourceOf({ ...config, ...(config.features && { features }) }, compose, files);
  const terms = { refuse, hasNetwork: workspace.hasNetwork };
  const needs = buildNeeds(files, own, terms);
  const sources = compose ? sourcesOf(compose, files, terms) : new Map<string, ImageSource>();
  refusals.throwIfAny();
  if (!needs && own.image === undefined)
    throw invalid(
      document.place([]),
      'there has to be an "image" or a "build" with a "dockerfile"',
    );
  return { files, document, written, limits, variables, compose, sources, needs, image: own.image };
}

function variablesOf({ localEnv }: JudgeDeps, { id, name }: PlannedWorkspace): Variables {
  return {
    localEnv,
    containerEnv: undefined,
    localWorkspaceFolder: `/workspaces/${name}`,
    containerWorkspaceFolder: undefined,
    devcontainerId: devcontainerId(id),
  };
}

/** Features are built on the image of the workspace's service. */
function sourceOf(
  config: DevcontainerConfig,
  compose: JudgedCompose | undefined,
  files: ConfigFiles,
): DevcontainerConfig {
  if (!compose) return config;
  const { image: _image, build: _build, dockerFile: _file, context: _context, ...rest } = config;
  const { image, build } = compose.main;
  if (!build) return { ...rest, image };
  return { ...rest, build: relativeBuild(build, path.posix.dirname(files.file)) };
}

function sourcesOf(compose: JudgedCompose, files: ConfigFiles, terms: BuildTerms) {
  return new Map(
    compose.others.map(({ name, image, build }): [string, ImageSource] => {
      if (!build) return [name, { image, needs: undefined }];
      const relative = relativeBuild(build, path.posix.dirname(files.file));
      return [name, { image: undefined, needs: buildNeeds(files, { build: relative }, terms) }];
    }),
  );
}

/** What depends on variables of the container is judged when its image is there. */
function withoutUnknown(config: DevcontainerConfig): DevcontainerConfig {
  const isKnown = (value: unknown) => !JSON.stringify(value ?? null).includes('${containerEnv:');
  return {
    ...config,
    mounts: isKnown(config.mounts) ? config.mounts : undefined,
    runArgs: isKnown(config.runArgs) ? config.runArgs : undefined,
  };
}
