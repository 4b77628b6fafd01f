import { posix } from 'node:path';
import { invalid, type ConfigDocument, type DevcontainerConfig } from '../reading/index.ts';
import type { Limits, RefusalList } from '../rules/index.ts';
import { judgeProject, type JudgedProject } from './judge-project.ts';
import type { JudgedBuild } from './judge-services.ts';
import { loadCompose, type ComposeSource } from './load.ts';

export interface ComposeInput extends Pick<ComposeSource, 'readText' | 'localEnv'> {
  readonly document: ConfigDocument;
  /** Of the devcontainer.json. */
  readonly file: string;
  readonly config: DevcontainerConfig;
  readonly limits: Limits;
  readonly refusals: RefusalList;
  readonly localWorkspaceFolder: string;
}

export interface JudgedCompose extends JudgedProject {
  /** Files that it was read from, and that would have been read if they were there. */
  readonly inputs: readonly string[];
  readonly notes: readonly string[];
}

/** judgeCompose reads the project that a devcontainer is a service of; undefined: it is no Compose project. */
export async function judgeCompose(input: ComposeInput): Promise<JudgedCompose | undefined> {
  const { document, config, refusals, limits } = input;
  if (config.dockerComposeFile === undefined) return undefined;
  const place = document.place(['dockerComposeFile']);
  if (config.service === undefined)
    throw invalid(place, '"service" has to say which service the workspace is');
  const files = [config.dockerComposeFile]
    .flat()
    .map((path) => ({ place, path: normal(input, path) }));
  const model = await loadCompose({
    ...input,
    files,
    refuse(...refusal) {
      refusals.at(...refusal);
      return refusals.fail();
    },
  });
  const choice = { service: config.service, runServices: config.runServices };
  const project = await judgeProject(
    { ...choice, place: document.place(['service']) },
    {
      ...{ model, limits, refuse: refusals.at },
      projectName: posix.basename(input.localWorkspaceFolder),
      main: config.service,
    },
  );
  judgeMain(input, project);
  return { ...project, inputs: [...model.paths], notes: notesOn(project, model.missing) };
}

function normal({ file, refusals, document }: ComposeInput, path: string): string {
  const joined = posix.normalize(posix.join(posix.dirname(file), path));
  if (!posix.isAbsolute(path) && !joined.startsWith('../') && joined !== '..') return joined;
  const place = document.place(['dockerComposeFile']);
  refusals.at('compose-file', place, `"${path}", which is no file of the repository,`);
  return refusals.fail();
}

/** The project has one place in the workspace's own container, and nothing else of it is needed there. */
function judgeMain({ config, document, refusals }: ComposeInput, { main }: JudgedProject): void {
  const { mounts, copies } = main.plan;
  const [first, ...others] = mounts.filter(({ kind }) => kind === 'project');
  for (const { target } of [...others, ...copies.map(({ to }) => ({ target: to }))])
    refusals.at('compose-mount', main.place, `A second mount of the project at "${target}"`);
  const { workspaceFolder } = config;
  if (!first || workspaceFolder === undefined) return;
  if (workspaceFolder !== first.target && !workspaceFolder.startsWith(`${first.target}/`))
    refusals.at(
      'workspace-mount',
      document.place(['workspaceFolder']),
      `A workspaceFolder that is not in "${first.target}", where the service mounts the project,`,
    );
}

function notesOn({ main, others }: JudgedProject, missing: ReadonlySet<string>): string[] {
  const names = [...missing].sort().join(', ');
  const ignored = [main, ...others]
    .filter((service) => service.ignored.length > 0)
    .map(
      (service) => `Decided by the workspace for ${service.name}: ${service.ignored.join(', ')}`,
    );
  return [
    ...(names === '' ? [] : [`Not set, and so empty in the Compose files: ${names}`]),
    ...ignored,
  ];
}

/** relativeBuild is a service's build as the devcontainer.json in a folder would say it. */
export function relativeBuild(build: JudgedBuild, folder: string): DevcontainerConfig['build'] {
  const { context, dockerfile, args, target } = build;
  return {
    context: posix.relative(folder, context) || '.',
    dockerfile: posix.relative(folder, dockerfile),
    ...{ args: { ...args } },
    ...(target !== undefined && { target }),
  };
}
