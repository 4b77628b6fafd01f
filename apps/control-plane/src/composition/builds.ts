import { WorkspaceSettingsSchema } from '@spt-flow/shared/domain/workspace-settings';
import type { ProjectRepository, ProjectSource } from '../features/git/index.ts';
import { createPipelines, type Pipelines } from '../features/pipelines/index.ts';
import type { ProjectsService } from '../features/projects/index.ts';
import { createAppImages } from '../features/providers/index.ts';
import { settingsOf } from '../features/workspaces/index.ts';
import type { createNotices } from '../features/chat/index.ts';
import type { AppDeps, Core } from './core.ts';
import { createDeployments, type DeploymentsDeps } from './deployments.ts';
import type { Machines } from './machines.ts';

export interface BuildsParts {
  readonly core: Core;
  readonly machines: Machines;
  readonly projects: ProjectsService;
  readonly source: ProjectSource;
  readonly git: ProjectRepository;
  readonly notices: ReturnType<typeof createNotices>;
  readonly changeSets: DeploymentsDeps['changeSets'];
  readonly targets: DeploymentsDeps['targets'];
  readonly probe: DeploymentsDeps['probe'];
}

type Deploy = ReturnType<typeof createDeployments>;

/** createBuilds builds what puts apps online, and what runs the pipelines of projects. */
export function createBuilds(deps: AppDeps, parts: BuildsParts) {
  const { core, projects } = parts;
  const deploy = createDeployments({
    ...parts,
    urlOf: async (organizationId, id) =>
      core.previewUrl((await projects.find(organizationId, id)).slug),
  });
  const builds = createRuns(deps, parts, deploy);
  return { builds, deploy: deployAndBuild(deploy, builds) };
}

/** What is put online is checked meanwhile, and its image made. */
function deployAndBuild(deploy: Deploy, builds: Pipelines): Deploy {
  return async (place, turn) => {
    const deployment = await deploy(place, turn);
    const { correlationId } = turn;
    if (deployment.isAnswering) void builds.onPublished({ ...place, correlationId });
    return deployment;
  };
}

function createRuns(deps: AppDeps, parts: BuildsParts, putOnline: Deploy): Pipelines {
  const { core, machines } = parts;
  const { db, audit, onError, events } = core;
  const { service } = machines.workspaces;
  return createPipelines({
    ...{ db, audit, onError, clock: deps.clock, source: parts.source },
    ...{ agents: machines.hub, workspaces: service, replicaId: core.replicas.id },
    ...deps.config.builds,
    registry: registryOf(deps),
    publish: events.append,
    findProject: parts.projects.find,
    secretsOf: machines.secrets.boundTo,
    images: createAppImages({
      environment: deps.environment,
      installationId: machines.installationId,
    }),
    onUse: (workspaceId) => machines.lifecycle.report(workspaceId, 'command'),
    placeOf: (projectId) => placeOf(deps, parts, projectId),
    collect: (projectId, correlationId) => collect(parts, projectId, correlationId),
    deploy: (asked) => deploy(parts, putOnline, asked),
    onFinished: ({ projectId, number, trigger }, { status, message }) => {
      if (trigger !== 'publish' && !(trigger === 'push' && status === 'failed')) return;
      const notice = noticeOf({ projectId, number }, { status, message });
      if (!notice) return;
      void db
        .transaction((tx) => parts.notices.addNotice(notice, tx))
        .catch((error: unknown) => onError(error, projectId));
    },
  });
}

function registryOf({ config, secrets }: AppDeps) {
  const { registry } = config.builds;
  return registry === undefined ? undefined : { prefix: registry, account: secrets.buildRegistry };
}

/** Where workspaces can't be made without somebody choosing. */
const NOT_FOR_JOBS = ['server', 'coder'];

/** Jobs run where the project does, with what its workspace may use, but without what is its owner's. */
async function placeOf({ config }: AppDeps, { machines }: BuildsParts, projectId: string) {
  const row = await machines.workspaces.service.ofProject(projectId);
  const own =
    row && !NOT_FOR_JOBS.includes(row.provider) ? row.provider : config.workspaces.provider;
  const { size, isolation, egress } = row ? settingsOf(row) : WorkspaceSettingsSchema.parse({});
  return {
    provider: own,
    hasImages: own !== 'local',
    settings: WorkspaceSettingsSchema.parse({
      ...{ size, isolation, egress, devcontainer: false, models: false },
    }),
  };
}

/** A workspace that can't be asked has committed nothing meanwhile that anybody could see. */
async function collect(
  { machines, git, core }: BuildsParts,
  projectId: string,
  correlationId: string,
): Promise<void> {
  const row = await machines.workspaces.service.ofProject(projectId);
  if (!row || !machines.hub.isOnline(row.id)) return;
  await git
    .collect({ workspaceId: row.id, projectId, correlationId })
    .catch((error: unknown) => core.onError(error, row.id));
}

async function deploy(
  { machines }: BuildsParts,
  putOnline: Deploy,
  asked: {
    readonly projectId: string;
    readonly organizationId: string;
    readonly correlationId: string;
    readonly signal: AbortSignal;
  },
): Promise<{ ok: boolean; words: string }> {
  const { projectId, organizationId, ...turn } = asked;
  const row = await machines.workspaces.service.ofProject(projectId);
  if (!row || row.provider === 'server')
    return { ok: false, words: 'The project has no machine of ours that its app could run on' };
  await machines.workspaces.service.ensureReady(row.id, turn);
  const place = { workspaceId: row.id, organizationId, projectId };
  const { isAnswering, url } = await putOnline(place, turn);
  return isAnswering
    ? { ok: true, words: `The app is online: ${url}` }
    : { ok: false, words: 'The app was started, but it does not answer. Look at its logs' };
}

function noticeOf(
  { projectId, number }: { readonly projectId: string; readonly number: number },
  { status, message }: { readonly status: string; readonly message: string | null },
) {
  if (status === 'succeeded')
    return {
      projectId,
      content: `All checks of what is online passed (build ${number}).`,
      decision: `Build ${number} passed.`,
    };
  if (status !== 'failed') return undefined;
  const [first = ''] = (message ?? '').split('\n');
  return {
    projectId,
    content: `The checks of what was committed found a problem (build ${number}). ${first}\n\nYour app is unchanged. Ask me to fix it, or look at **Checks**.`,
    detail: { label: `Build ${number} failed`, text: message },
    decision: `Build ${number} failed: ${(message ?? '').slice(0, 500)}`,
  };
}
