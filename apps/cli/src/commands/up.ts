import type { Command } from 'commander';
import type { ChoosablePlace } from '@spt-flow/shared/domain/places';
import type { CloneOptions } from '@spt-flow/shared/domain/clone-options';
import { isRepositoryUrl, repositoryName } from '@spt-flow/shared/domain/repository-url';
import type { Project } from '@spt-flow/shared/api/projects';
import type { Workspace } from '@spt-flow/shared/api/workspaces';
import type { Client, NewProject } from '../api/client.ts';
import type { Context, OutputFormat } from '../context.ts';
import { CliError, EXIT, InterruptedError, usageError } from '../core/errors.ts';
import { depthOption, readCloneOptions } from '../options/clone-options.ts';
import { placeOption } from '../options/place-option.ts';
import { parameterOption, readParameters, type ParameterTexts } from '../options/parameters.ts';
import { addExamples, outputOption } from '../program.ts';
import { templateNotes } from '../words/template-notes.ts';
import { plain } from '../core/text.ts';

const URL = 'https://github.com/octocat/Spoon-Knife';
const TRY = `spt-flow up ${URL}`;

const NEW_ONLY = [
  ['template', 'template'],
  ['provider', 'provider'],
  ['on-server', 'onServer'],
] as const;

interface Options {
  readonly repoUrl?: string;
  readonly name?: string;
  readonly template?: string;
  readonly preset?: string;
  readonly provider?: ChoosablePlace;
  readonly onServer?: string;
  readonly param: ParameterTexts;
  readonly branch?: string;
  readonly depth?: number;
  readonly partial?: boolean;
  readonly submodules: boolean;
  readonly dryRun?: boolean;
  readonly wait: boolean;
  readonly output: OutputFormat;
}

interface Wanted {
  readonly name: string;
  readonly repositoryUrl?: string;
  readonly clone?: CloneOptions;
}

export function registerUp(program: Command, context: Context): void {
  const command = program
    .command('up')
    .description('open a git repository in a workspace, and wait until it runs')
    .argument('[repository]', 'git repository (https, ssh or git); required without --template')
    .option('--repo-url <url>', 'the same, as an option')
    .option('--branch <ref>', 'branch, tag or commit to begin with (default: the main branch)')
    .addOption(depthOption())
    .option('--partial', 'bring the contents of files when they are needed: for large repositories')
    .option('--no-submodules', 'leave its submodules out')
    .option('--name <name>', 'name of the project (default: that of the repository)')
    .option('--template <name>', 'make the workspace of this template')
    .option('--preset <name>', 'values that the template offers together')
    .addOption(parameterOption())
    .addOption(placeOption('where it runs, if the template does not say it'))
    .option('--on-server <name>', 'run it in a container on this server, which hosts workspaces')
    .option('--dry-run', 'only show what would be done')
    .option('--no-wait', 'do not wait until it runs')
    .addOption(outputOption())
    .action((repository: string | undefined, options: Options, self: Command) => {
      const isOptionTyped = self.getOptionValueSource('repoUrl') === 'cli';
      const repoUrl = chosenUrl(repository, { url: options.repoUrl, isOptionTyped });
      return up(context, { ...options, ...(repoUrl !== undefined && { repoUrl }) });
    });
  addExamples(command, [
    [TRY, 'open a repository'],
    ['spt-flow up git@github.com:me/app.git --name demo', 'under another name'],
    ['spt-flow up --template node-react --name shop --param size=devenv', 'begin with nothing'],
    ['spt-flow up https://git.example.com/big.git --partial', 'a large repository'],
    [`${TRY} --provider kubernetes`, 'elsewhere than by default'],
    [`${TRY} --dry-run`, 'only show the steps'],
  ]);
}

/** What is typed wins over the variable of the option. */
function chosenUrl(
  repository: string | undefined,
  option: { readonly url: string | undefined; readonly isOptionTyped: boolean },
): string | undefined {
  if (repository !== undefined && option.isOptionTyped && repository !== option.url)
    throw usageError('Name one repository: as the argument or with --repo-url', TRY);
  return repository ?? option.url;
}

async function up(context: Context, options: Options): Promise<void> {
  const wanted = readWanted(options);
  const client = await context.client();
  const existing = await findProject(client, wanted, options);
  if (options.dryRun) return showPlan(context, { client, wanted, existing, options });
  if (existing?.workspace) {
    context.note(`'${plain(existing.name)}' is there already and is started`);
  }
  for (const [name, option] of NEW_ONLY)
    if (existing && options[option] !== undefined)
      context.note(`--${name} is for a new workspace: '${plain(existing.name)}' stays as it is`);
  const { project, workspace } = await bring(context, { client, wanted, existing, options });
  for (const line of templateNotes(workspace, context.io.version)) context.note(line);
  context.print(options.output, {
    data: { project, workspace },
    text: nextSteps(project, workspace),
  });
}

function readWanted(options: Options): Wanted {
  const { repoUrl, name, template } = options;
  if (repoUrl === undefined && template !== undefined) {
    if (name !== undefined) return { name };
    throw usageError('Say what it is called: --name is missing', `${TRY} --template ${template}`);
  }
  if (repoUrl === undefined) throw usageError('Say which repository: its URL is missing', TRY);
  if (!isRepositoryUrl(repoUrl)) throw notPermitted(repoUrl);
  const clone = readCloneOptions(options);
  const wanted = { repositoryUrl: repoUrl, name: name ?? repositoryName(repoUrl) };
  return clone ? { ...wanted, clone } : wanted;
}

/** Who types a name means a project that is there, or a template; who leaves the scheme out means https. */
function notPermitted(text: string): CliError {
  if (/^[A-Za-z0-9][\w-]*$/.test(text))
    return usageError(
      `'${text}' is no URL of a repository. A project that is there: spt-flow start ${text}. A new one of a template: spt-flow up --template ${text} --name <name>`,
      TRY,
    );
  if (/^[a-z0-9-]+(\.[a-z0-9-]+)+\/[\w./-]+$/i.test(text))
    return usageError(
      `'${text}' is no URL yet: put https:// before it`,
      `spt-flow up https://${text}`,
    );
  return usageError(
    'The repository URL is not permitted: it must be an https, ssh or git URL, without a password or token in it',
    TRY,
  );
}

/** `up` twice is one project: the second time it is only started. */
async function findProject(
  client: Client,
  wanted: Wanted,
  options: Options,
): Promise<Project | undefined> {
  const projects = await client.listProjects();
  const found = projects.filter(
    ({ repositoryUrl, name }) =>
      repositoryUrl === (wanted.repositoryUrl ?? null) &&
      (options.name === undefined || name === options.name),
  );
  return found.find(({ workspace }) => workspace !== null) ?? found[0];
}

interface Task {
  readonly client: Client;
  readonly wanted: Wanted;
  readonly existing: Project | undefined;
  readonly options: Options;
}

async function showPlan(
  context: Context,
  { client, wanted, existing, options }: Task,
): Promise<void> {
  const plan = existing
    ? {
        steps: [`Start the workspace of the project '${existing.name}', which has this repository`],
      }
    : (await client.createProject(await newProject(client, { wanted, options, dryRun: true })))
        .plan;
  const steps = plan.steps.map((step, index) => `${index + 1}. ${plain(step)}`);
  context.print(options.output, { data: { plan }, text: steps.join('\n') });
  context.note('Nothing was changed: this was a dry run');
}

async function newProject(
  client: Client,
  { wanted, options, dryRun }: Pick<Task, 'wanted' | 'options'> & { dryRun: boolean },
): Promise<NewProject> {
  const { template: name, preset, param, provider, onServer: server } = options;
  const place = { ...(provider && { provider }), ...(server !== undefined && { server }) };
  const project = { ...wanted, dryRun, ...place };
  if (name === undefined) return project;
  const { active } = await client.getTemplate(name);
  const values = readParameters(active?.definition.parameters ?? [], param);
  return { ...project, template: { name, ...(preset !== undefined && { preset }), values } };
}

async function bring(
  context: Context,
  task: Task,
): Promise<{ project: Project; workspace: Workspace }> {
  const { client, options } = task;
  let project = task.existing;
  let isAsked = project !== undefined;
  async function request(): Promise<Workspace> {
    if (project?.workspace) return client.startWorkspace(project.workspace.id);
    const body = await newProject(client, { ...task, dryRun: false });
    isAsked = true;
    project = (await client.createProject(body)).project ?? undefined;
    if (!project?.workspace) throw noWorkspace();
    return project.workspace;
  }
  try {
    const workspace = options.wait ? await follow(context, task, request) : await request();
    if (!project) throw noWorkspace();
    return { project, workspace };
  } catch (error) {
    if (context.io.signal.aborted && isAsked) throw interrupted(project, task.wanted);
    throw error;
  }
}

async function follow(
  context: Context,
  { client, existing }: Task,
  request: () => Promise<Workspace>,
): Promise<Workspace> {
  const { followWorkspace } = await import('../steps/follow-workspace.ts');
  return followWorkspace({
    client,
    request,
    goal: 'running',
    log: existing ? 'new' : 'whole',
    progress: context.progress(),
  });
}

function nextSteps(project: Project, workspace: Workspace): string {
  const name = plain(workspace.name);
  const state = workspace.actualState === 'running' ? 'is running' : `is ${workspace.actualState}`;
  return [
    `Workspace '${name}' ${state}`,
    ...workspace.warnings.map((warning) => `  Note: ${plain(warning)}`),
    `  spt-flow ssh ${name}             work in it`,
    `  spt-flow open ${name}            see the app: ${plain(project.previewUrl)}`,
    `  spt-flow logs ${name} --follow   what it says`,
  ].join('\n');
}

function interrupted(project: Project | undefined, wanted: Wanted): InterruptedError {
  if (!project) {
    return new InterruptedError(
      `'${wanted.name}' was asked for and may be made all the same\n  See: spt-flow list`,
    );
  }
  const name = plain(project.workspace?.name ?? project.slug);
  return new InterruptedError(
    `The work on '${name}' goes on without you\n  Follow it: spt-flow logs ${name} --follow\n  Stop it:   spt-flow stop ${name}`,
  );
}

function noWorkspace(): CliError {
  return new CliError({
    what: 'The server made no workspace for this project',
    command: 'spt-flow list',
    exitCode: EXIT.failure,
  });
}
