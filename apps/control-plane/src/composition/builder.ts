import { tmpdir } from 'node:os';
import path from 'node:path';
import { createRemoteFiles, type createGit } from '../features/git/index.ts';
import {
  createChangeSetService,
  createChangeSetsRepository,
  createGoBack,
} from '../features/change-sets/index.ts';
import { createPageInspector } from '../features/browser/index.ts';
import { chooseModels, createChat, createNotices, type Spending } from '../features/chat/index.ts';
import {
  createCheckpointsRepository,
  createCheckpointsService,
  createMessageVersions,
} from '../features/checkpoints/index.ts';
import { createDomains } from '../features/domains/index.ts';
import { createModelProxy } from '../features/model-proxy/index.ts';
import { createPools } from '../features/pools/index.ts';
import { createPorts } from '../features/ports/index.ts';
import {
  createAppProbe,
  createPreviewRouter,
  createPreviewTargets,
} from '../features/previews/index.ts';
import {
  createProjectPreview,
  createProjectsRepository,
  createProjectsService,
  type ProjectsService,
} from '../features/projects/index.ts';
import { createPromptsRepository, createPromptsService } from '../features/prompts/index.ts';
import {
  createServerJoinsRepository,
  createServerJoinsService,
  createServersService,
} from '../features/servers/index.ts';
import { createSnapshots } from '../features/snapshots/index.ts';
import { createTemplates } from '../features/templates/index.ts';
import { createTokenCounter } from '../plugins/metrics.ts';
import { createBuilds } from './builds.ts';
import { createChatWorkspaces } from './chat-workspaces.ts';
import { createCode } from './code.ts';
import type { createDeployments } from './deployments.ts';
import { createForgeParts, withForge } from './forge.ts';
import type { AppDeps, Core } from './core.ts';
import type { Machines } from './machines.ts';
import { projectWorkspaces } from './project-workspaces.ts';

export type Builder = ReturnType<typeof createBuilder>;

/** createBuilder builds what turns a conversation into a running app. */
export function createBuilder(
  deps: AppDeps,
  { core, machines }: { core: Core; machines: Machines },
) {
  const { db, events, audit, previewUrl } = core;
  const { hub, workspaces } = machines;
  const { runGit, searchPath, repositories, git, source, ...code } = createCode(deps, {
    core,
    hub,
  });
  const forge = createForgeParts(deps, { core, machines, git, repositories, runGit, searchPath });
  const templates = createTemplateParts(deps, { core, machines, searchPath, runGit });
  const pools = createPoolParts(deps, { core, machines, templates });
  const projectsRepository = createProjectsRepository(db);
  const projects = createProjectsService({
    repository: projectsRepository,
    workspaces: projectWorkspaces(machines, pools.claim),
    chooseTemplate: templates.choose,
    ...{ audit, previewUrl, onError: core.onError },
    publish: (topic, event, tx) => events.append(topic, event, tx),
    removeRepository: git.remove,
    onRemoved: code.onProjectRemoved,
    onCreated: (project) => forge.onCreated(project).catch(core.onError),
    maxProjectsPerUser: deps.config.maxProjectsPerUser,
  });
  const notices = createNotices({ db, events });
  const changeSetsRepository = createChangeSetsRepository(db);
  const changeSets = createChangeSetService({
    ...{ agents: hub, receiptFault: machines.agents.receiptFault },
    ...{ workspaces: workspaces.service, repository: changeSetsRepository },
    git: withForge(git, forge, core.onError),
    ...{ projects, events, audit, clock: deps.clock, logger: deps.logger },
    conversations: notices,
    replicaId: core.replicas.id,
    onUse: (workspaceId) => machines.lifecycle.report(workspaceId, 'command'),
  });
  const models = chooseModels({
    claude: { ...deps.config.claude, apiKey: deps.secrets.claudeApiKey },
    openAi: { ...deps.config.openAi, apiKey: deps.secrets.openAiApiKey },
    templatesDir: path.join(deps.distribution, 'app-templates'),
  });
  const snapshots = createSnapshotParts(deps, { core, machines, projects });
  const { targets, ...previews } = createPreviews(deps, { core, machines, projects });
  const { builds, deploy } = createBuilds(deps, {
    ...{ core, machines, projects, changeSets, git, source, notices, targets },
    probe: previews.probe,
  });
  code.setBuilds(builds);
  return {
    builds,
    ...{ git, forge, templates, pools, projects, snapshots },
    projectPreview: createPreview(deps, { machines, templates, repository: projectsRepository }),
    changeSets,
    prompts: createPromptsService(createPromptsRepository(db)),
    model: models.provider,
    ...createAsking(deps, {
      ...{ core, machines, projects, snapshots, models, notices, searchPath },
      ...{ changeSets, changeSetsRepository, deploy },
    }),
    ...previews,
    ...createServers(deps, { core, machines, projects }),
  };
}

interface ConversationParts {
  readonly core: Core;
  readonly machines: Machines;
  readonly projects: ProjectsService;
  readonly snapshots: ReturnType<typeof createSnapshots>;
  readonly models: ReturnType<typeof chooseModels>;
  readonly searchPath: string;
  readonly notices: ReturnType<typeof createNotices>;
  readonly changeSets: ReturnType<typeof createChangeSetService>;
  readonly changeSetsRepository: ReturnType<typeof createChangeSetsRepository>;
  readonly deploy: ReturnType<typeof createDeployments>;
  readonly countTokens: ReturnType<typeof createTokenCounter>;
}

/** Who asks models: the chat, and tools in workspaces. */
function createAsking(deps: AppDeps, parts: Omit<ConversationParts, 'countTokens'>) {
  const { core, machines } = parts;
  const countTokens = createTokenCounter(deps.registry);
  const chat = createChatParts(deps, { ...parts, countTokens });
  const { spending } = chat;
  const modelProxy = createModels(deps, { core, machines, countTokens, spending });
  return { chat, modelProxy, ...createWayBack(parts, chat) };
}

function createChatParts(deps: AppDeps, parts: ConversationParts) {
  const { core, machines, projects } = parts;
  const { db, events, audit, replicas } = core;
  return createChat({
    ...{ db, replicas, events, audit, projects },
    workspaces: createChatWorkspaces({
      machines,
      ownerOf: projects.workspaceOwner,
      deploy: parts.deploy,
      inspector: createPageInspector({
        configured: deps.config.browser,
        searchPath: parts.searchPath,
      }),
    }),
    applyChangeSet: (change) => {
      machines.lifecycle.report(change.workspaceId, 'chat');
      return parts.changeSets.applyOfTurn(change);
    },
    ...parts.models,
    spending: deps.config.spending,
    historyMessages: deps.config.historyMessages,
    secrets: [
      deps.secrets.claudeApiKey,
      deps.secrets.openAiApiKey,
      deps.secrets.traces?.secretKey,
      deps.secretKey,
    ].flatMap((value) => (value === undefined ? [] : [{ name: 'secret removed', value }])),
    logger: deps.logger,
    countTokens: parts.countTokens,
    traces: deps.secrets.traces,
  });
}

/** To what the chat had made before. */
function createWayBack(
  {
    core,
    machines,
    projects,
    snapshots,
    notices,
    ...parts
  }: Omit<ConversationParts, 'countTokens'>,
  chat: ReturnType<typeof createChat>,
) {
  const { db, events, audit } = core;
  const workspaces = machines.workspaces.service;
  const repository = createCheckpointsRepository(db);
  const goBack = createGoBack({
    ...{ agents: machines.hub, workspaces, events, apply: parts.changeSets.apply },
    repository: parts.changeSetsRepository,
  });
  const { isBusy, startOf } = chat.service;
  const checkpoints = createCheckpointsService({
    ...{ repository, goBack },
    conversation: {
      ...{ isBusy, startOf },
      addNote: (note) => db.transaction((tx) => notices.addNotice(note, tx)),
    },
    ...{ projects, audit, workspaces, snapshots: snapshots.service },
  });
  const messageVersions = createMessageVersions({
    ...{ repository, goBack, projects, workspaces },
    ...{ conversation: chat.service, versions: chat.versions },
  });
  return { checkpoints, messageVersions };
}

/** The models of the chat, for the tools in workspaces. */
function createModels(
  { config, secrets, clock }: AppDeps,
  {
    core: { db, audit, onError },
    machines: { agents, workspaces },
    ...parts
  }: Pick<ConversationParts, 'core' | 'machines' | 'countTokens'> & { readonly spending: Spending },
) {
  return createModelProxy({
    ...{ ...parts, db, audit, clock, onError, hub: agents.here },
    claude: { ...config.claude, apiKey: secrets.claudeApiKey },
    openAi: { ...config.openAi, apiKey: secrets.openAiApiKey },
    isOn: config.workspaceModels,
    traces: secrets.workspaceTraces,
    findWorkspace: workspaces.service.find,
  });
}

function createSnapshotParts(
  deps: AppDeps,
  { core, machines, projects }: { core: Core; machines: Machines; projects: ProjectsService },
) {
  const { db, audit, onError } = core;
  const { workspaces } = machines;
  const { maxPerWorkspace, automatic, bucket } = deps.config.snapshots;
  return createSnapshots({
    ...{ db, audit, projects, workspaces, onError },
    clock: deps.clock,
    dataDirectory: deps.paths.root,
    hasReplicas: deps.config.replicaAddress !== undefined,
    replicas: core.replicas,
    ...{ maxPerWorkspace, automatic },
    bucket: bucket && { ...bucket, key: deps.secrets.snapshotKey },
    installationId: machines.installationId,
  });
}

function createPreview(
  { clock, config }: AppDeps,
  {
    machines,
    templates,
    repository,
  }: {
    machines: Machines;
    templates: ReturnType<typeof createTemplates>;
    repository: ReturnType<typeof createProjectsRepository>;
  },
) {
  return createProjectPreview({
    ...{ repository, clock, maxProjectsPerUser: config.maxProjectsPerUser },
    resolveTemplate: templates.resolve,
    previewWorkspace: machines.workspaces.preview,
    findHost: machines.hosts.find,
    hostsFor: machines.hosts.offered,
    costsOf: machines.lifecycle.costs.ofMonth,
  });
}

interface TemplateSurroundings {
  readonly core: Core;
  readonly machines: Machines;
  readonly searchPath: string;
  readonly runGit: ReturnType<typeof createGit>;
}

function createTemplateParts(
  deps: AppDeps,
  { core, machines, searchPath, runGit }: TemplateSurroundings,
) {
  const { db, audit, onError } = core;
  const { service, notifyChanged } = machines.workspaces;
  return createTemplates({
    ...{ db, audit, clock: deps.clock, onError },
    directory: path.join(deps.distribution, 'templates'),
    catalogUrl: deps.config.templateCatalogUrl,
    readRemoteFiles: createRemoteFiles({ directory: tmpdir(), searchPath, git: runGit }),
    policy: machines.policy,
    defaultProvider: deps.config.workspaces.provider,
    workspaces: service,
    notifyWorkspace: notifyChanged,
  });
}

function createPoolParts(
  { clock, config }: AppDeps,
  {
    core: { db, audit, onError },
    machines: { hub, prices, workspaces },
    templates,
  }: {
    core: Core;
    machines: Machines;
    templates: ReturnType<typeof createTemplateParts>;
  },
) {
  return createPools({
    ...{ db, hub, audit, clock, prices, onError },
    workspaces: workspaces.service,
    chooseTemplate: templates.choose,
    findTemplate: templates.find,
    defaultProvider: config.workspaces.provider,
  });
}

/** People and machines elsewhere reach the control plane at the same address. */
function createServers(
  deps: AppDeps,
  { core, machines, projects }: { core: Core; machines: Machines; projects: ProjectsService },
) {
  const { audit, publicUrl } = core;
  const { enrolmentTokens, serverKey } = machines;
  const { channelBinding } = deps.config.agents;
  const controlPlane = () => ({ url: publicUrl, serverKey, channelBinding });
  const repository = createServerJoinsRepository(core.db);
  const servers = createServersService({
    ...{ repository, projects, enrolmentTokens, controlPlane, audit },
    workspaces: machines.workspaces.service,
  });
  const joins = createServerJoinsService({
    ...{ repository, servers, controlPlane, publicUrl, audit, clock: deps.clock },
  });
  return { servers, joins };
}

function createDomainParts(
  { config, clock, secretKey }: AppDeps,
  { core, projects }: { core: Core; projects: ProjectsService },
) {
  const { db, audit, access, publicUrl, onError } = core;
  const domains = createDomains({
    ...{ db, audit, clock, secretKey, publicUrl, onError },
    ...{ previewDomain: config.previewDomain, dnsServers: config.dnsServers },
    trustedProxies: config.trustedProxies,
    findProject: projects.find,
    onServedChanged: access.changed,
  });
  access.onChange(domains.served.forget);
  return domains;
}

function createPreviews(
  deps: AppDeps,
  { core, machines, projects }: { core: Core; machines: Machines; projects: ProjectsService },
) {
  const { hub } = machines;
  const domains = createDomainParts(deps, { core, projects });
  const targets = createPreviewTargets(core.db);
  const previews = createPreviewRouter({
    targets,
    slugOfDomain: domains.served.slugOf,
    agents: hub,
    credentials: core.credentials,
    sessions: core.previewSessions,
    reaches: core.projectAccess.reaches,
    previewDomain: deps.config.previewDomain,
    publicUrl: core.publicUrl,
    requestPath: core.requestPath,
    clock: deps.clock,
    watch: core.access.watch,
    limits: deps.config.previewLimits,
    onUse: (workspaceId) => machines.lifecycle.report(workspaceId, 'ports'),
    wake: machines.lifecycle.wake,
    onError: core.onError,
  });
  core.access.onChange(previews.forgetTargets);
  // A workspace that was started again may have another port for its app.
  hub.onPresence(previews.forgetTargets);
  return {
    ...{ previews, targets, domains },
    ports: createPorts({
      db: core.db,
      onAgentEvent: machines.onAgentEvent,
      onPresence: hub.onPresence,
      findWorkspace: machines.workspaces.service.find,
      namesOf: machines.devcontainers.service.portsOf,
      previewUrl: core.previewUrl,
      audit: core.audit,
      publish: core.events.append,
      onShared: core.access.changed,
      onError: core.onError,
    }),
    probe: createAppProbe({ targets, agents: hub }),
  };
}
