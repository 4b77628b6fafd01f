import type { IncomingMessage } from 'node:http';
import path from 'node:path';
import type { FastifyInstance } from 'fastify';
import { createMask } from '@spt-flow/shared/agent-protocol/known-values';
import { connectParts, takeOver } from './composition/connect-parts.ts';
import { registerLive, registerSockets } from './composition/connections.ts';
import { createBuilder, type Builder } from './composition/builder.ts';
import { createCore, type AppDeps, type Core } from './composition/core.ts';
import { hooksOf } from './composition/forge.ts';
import { createHealthChecks } from './composition/health-checks.ts';
import { createHandOverOf } from './composition/hand-over.ts';
import { createMachines, type Machines } from './composition/machines.ts';
import { AGENTS_CHANNEL, registerAgentRoutes } from './features/agents/index.ts';
import { registerAgentUpdateRoutes } from './features/agent-updates/index.ts';
import { registerAuditRoutes } from './features/audit/index.ts';
import { createSessionCookie, registerAuthRoutes } from './features/auth/index.ts';
import { registerBillRoutes } from './features/bills/index.ts';
import { registerChangeSetsRoutes } from './features/change-sets/index.ts';
import { registerChatRoutes } from './features/chat/index.ts';
import { registerCheckpointRoutes } from './features/checkpoints/index.ts';
import { createCoderService, registerCoderRoutes } from './features/coder/index.ts';
import { registerDevcontainerRoutes } from './features/devcontainers/index.ts';
import { registerDomainRoutes } from './features/domains/index.ts';
import { registerDotfilesRoutes } from './features/dotfiles/index.ts';
import { registerGitCredentialRoutes } from './features/git-credentials/index.ts';
import { registerGroupRoutes } from './features/groups/index.ts';
import { registerForgeRoutes } from './features/forge/index.ts';
import {
  createHealthService,
  grafanaDashboards,
  registerHealthRoutes,
} from './features/health/index.ts';
import { registerLifecycleRoutes } from './features/lifecycle/index.ts';
import type { createLiveHub } from './features/live/index.ts';
import { LIVE_CHANNEL } from './features/live/index.ts';
import { registerLogRoutes } from './features/logs/index.ts';
import { registerMcpRoutes } from './features/mcp/index.ts';
import { createFleetRepository, registerFleetMetrics } from './features/metrics/index.ts';
import { PIPELINES_CHANNEL, registerPipelineRoutes } from './features/pipelines/index.ts';
import { registerModelUseRoutes } from './features/model-proxy/index.ts';
import { registerPoolRoutes } from './features/pools/index.ts';
import { registerPortRoutes } from './features/ports/index.ts';
import { registerPreviewRoutes } from './features/previews/index.ts';
import { registerMemberRoutes } from './features/members/index.ts';
import { projectGate, registerProjectAccessRoutes } from './features/project-access/index.ts';
import { registerPromptRoutes } from './features/prompts/index.ts';
import { registerProjectPreviewRoutes, registerProjectsRoutes } from './features/projects/index.ts';
import { REPLICAS_CHANNEL } from './features/replicas/index.ts';
import { registerSecretRoutes, SECRETS_CHANNEL } from './features/secrets/index.ts';
import {
  createAgentPrograms,
  registerInstallRoutes,
  registerServerRoutes,
} from './features/servers/index.ts';
import { registerSignInRoutes } from './features/sign-in/index.ts';
import { registerSnapshotRoutes } from './features/snapshots/index.ts';
import { registerSessionRoutes } from './features/sessions/index.ts';
import { registerTemplateRoutes } from './features/templates/index.ts';
import { registerUsageRoutes } from './features/usage/index.ts';
import { registerWorkspaceRoutes, type WorkspaceContent } from './features/workspaces/index.ts';
import { createHttpApp } from './http-app.ts';
import { undefinedIfNotFound } from './lib/not-found.ts';
import { withOrigin } from './lib/request-origin.ts';
import { createStrictTransport } from './lib/strict-transport.ts';
import type { UpgradeHandler } from './lib/upgrade-router.ts';
import { auditPlugin } from './plugins/audit.ts';
import { openAnswersPlugin } from './plugins/open-answers.ts';
import { registerGauges } from './plugins/metrics.ts';
import { dashboardPlugin } from './plugins/dashboard.ts';

export interface BuiltApp {
  readonly app: FastifyInstance;
  /** Once the server listens: restores what was wanted before the last stop. */
  start(): Promise<void>;
  /** What a person opens: the setup link the first time, a link to a new password where one was lost, else the dashboard. */
  link(): Promise<string>;
  /** Upgrades of agents on this machine; all others are refused. */
  readonly routeAgentUpgrade: UpgradeHandler;
  /** Resolves with the reason when it must not go on. */
  readonly failed: Promise<string>;
  /** Ends everything this process started, last part first. */
  stop(): Promise<void>;
}

interface Parts {
  readonly core: Core;
  readonly machines: Machines;
  readonly builder: Builder;
}

/** buildApp puts the control plane together; nothing listens or runs before `start`. */
export async function buildApp(deps: AppDeps): Promise<BuiltApp> {
  const core = createCore(deps);
  const machines = await createMachines(deps, core);
  const builder = createBuilder(deps, { core, machines });
  const parts: Parts = { core, machines, builder };
  const isHook = hooksOf(deps.config.gitlab?.hookUrl ?? null);
  const app = await createHttpApp({
    logger: deps.logger,
    version: deps.version,
    registry: deps.registry,
    authentication: core.authentication,
    interceptRequest: (request, response) =>
      !isHook(request) &&
      (builder.domains.certificateGate(request, response) ||
        builder.previews.handleRequest(request, response)),
    routeUpgrade: (request, socket, head) => {
      if (builder.previews.handleUpgrade(request, socket, head)) return;
      withOrigin(originOf(core, request), () => core.upgradeRouter.route(request, socket, head));
    },
    frameSource: frameSource(core),
    strictTransport: createStrictTransport(core.publicUrl),
    trustedProxies: deps.config.trustedProxies,
    tracer: deps.tracer,
    certificate: deps.certificate,
  });
  await app.register(openAnswersPlugin, { watch: core.access.watch, ...core });
  await app.register(projectGate, { access: core.projectAccess });
  await app.register(auditPlugin, core);
  registerFeatures(app, deps, parts);
  const live = registerLive(parts);
  registerGauges(deps.registry, {
    agent_connections: {
      help: 'Agents that are connected',
      read: () => machines.agents.here.connectionCount,
    },
    live_connections: { help: 'Open live event connections', read: () => live.connectionCount },
    ...machines.usage.gauges,
  });
  connectParts(parts);
  await app.register(dashboardPlugin, {
    directory: path.resolve(deps.distribution, '../../dashboard/dist'),
  });
  let pruning: NodeJS.Timeout | undefined;
  return {
    app,
    start: async () => {
      pruning = await start(deps, { ...parts, live });
    },
    routeAgentUpgrade: machines.routeAgentUpgrade,
    failed: core.replicas.failed,
    link: async () => {
      const keepsEarlier = deps.config.replicaAddress !== undefined;
      const token = await core.auth.prepareSetup({ keepsEarlier });
      if (token !== undefined) return `${core.publicUrl}/setup/${token}`;
      const { newPasswordFor } = deps;
      return newPasswordFor === undefined
        ? core.publicUrl
        : core.membership.invitations.recover(newPasswordFor);
    },
    async stop() {
      clearInterval(pruning);
      await stop(app, { ...parts, live });
    },
  };
}

function originOf({ addressOf }: Core, request: IncomingMessage) {
  return { address: addressOf(request), userAgent: request.headers['user-agent'] ?? null };
}

/** Apps are framed by the dashboard, so the policy names their hosts. */
function frameSource(core: Core): string {
  return core.previewUrl('*');
}

function registerFeatures(
  app: FastifyInstance,
  deps: AppDeps,
  { core, machines, builder }: Parts,
): void {
  registerPeople(app, { core, machines, builder });
  registerSessionRoutes(app, core.sessions);
  registerAuditRoutes(app, core.auditLog.service);
  registerProjects(app, builder);
  registerMachines(app, { core, machines, builder });
  registerElsewhere(app, deps, { core, machines, builder });
  registerPreviewRoutes(app, { sessions: core.previewSessions, previewUrl: core.previewUrl });
  registerConversations(app, builder);
  registerMcpRoutes(app, {
    audit: core.audit,
    onUse: (principal, handle) => reportAgentUse(machines, principal.organizationId, handle),
    version: deps.version,
    isOwnOrigin: core.authentication.isOwnOrigin,
  });
  registerSockets(app, deps, { core, machines });
  registerHealth(app, deps, { core, machines, builder });
}

/** What becomes an app, and how it is built, kept and shown. */
function registerProjects(app: FastifyInstance, builder: Builder): void {
  const { projects, forge, probe } = builder;
  registerProjectsRoutes(app, { projects, isAnswering: probe.isAnswering });
  registerProjectPreviewRoutes(app, builder.projectPreview);
  registerPipelineRoutes(app, builder.builds.service);
  registerForgeRoutes(app, { forge, findProject: projects.find });
  registerDomainRoutes(app, builder.domains.service);
  registerChangeSetsRoutes(app, { changeSets: builder.changeSets });
  registerModelUseRoutes(app, builder.modelProxy);
}

/** Where it runs, and what is known of that. */
function registerMachines(app: FastifyInstance, { core, machines, builder }: Parts): void {
  const { workspaces, lifecycle, logs, git } = machines;
  const { find: findWorkspace } = workspaces.service;
  registerTemplateRoutes(app, builder.templates);
  registerPoolRoutes(app, builder.pools);
  registerWorkspaceRoutes(app, {
    ...{ workspaces: workspaces.service, content: hidingSecrets(machines), audit: core.audit },
    onUse: lifecycle.report,
  });
  registerLifecycleRoutes(app, {
    ...{ lifecycles: lifecycle.service, costs: lifecycle.costs, policies: lifecycle.policies },
  });
  registerSnapshotRoutes(app, builder.snapshots.service);
  registerUsageRoutes(app, machines.usage);
  registerBillRoutes(app, machines.bills);
  registerGitCredentialRoutes(app, git.credentials.service);
  registerDotfilesRoutes(app, git.dotfiles);
  registerSecretRoutes(app, machines.secrets);
  registerAgentRoutes(app, { agents: machines.agents.service, findWorkspace });
  registerAgentUpdateRoutes(app, machines.agentUpdates);
  registerLogRoutes(app, { logs, findWorkspace, findProject: builder.projects.find });
  registerPortRoutes(app, builder.ports.service);
  registerDevcontainerRoutes(app, machines.devcontainers.service);
}

/** What machines need that are not ours. */
function registerElsewhere(
  app: FastifyInstance,
  deps: AppDeps,
  { core, machines, builder }: Parts,
): void {
  registerServerRoutes(app, {
    ...{ servers: builder.servers, joins: builder.joins, hosts: machines.hosts },
  });
  registerInstallRoutes(app, {
    programs: createAgentPrograms(path.resolve(deps.distribution, '../../agent/dist')),
    url: () => core.publicUrl,
  });
  registerCoderRoutes(
    app,
    createCoderService({ coder: machines.coder, publicUrl: core.publicUrl }),
  );
}

function registerPeople(app: FastifyInstance, { core, machines, builder }: Parts): void {
  const { auth, tokens, membership, signIn, authentication } = core;
  const session = createSessionCookie({ secure: authentication.secureCookies });
  const handOver = createHandOverOf(core, { machines, builder });
  registerAuthRoutes(app, { auth, tokens, session });
  registerMemberRoutes(app, { ...membership, handOver, session });
  registerSignInRoutes(app, { ...signIn, session });
  registerGroupRoutes(app, core.groups);
  registerProjectAccessRoutes(app, core.projectAccessService);
}

function registerConversations(app: FastifyInstance, builder: Builder): void {
  registerChatRoutes(app, builder.chat.service);
  registerPromptRoutes(app, builder.prompts);
  registerCheckpointRoutes(app, {
    checkpoints: builder.checkpoints,
    versions: builder.messageVersions,
  });
}

function registerHealth(app: FastifyInstance, deps: AppDeps, parts: Parts): void {
  const health = createHealthService(createHealthChecks(deps, parts));
  const { grafanaUrl, kubernetes } = deps.config;
  registerHealthRoutes(app, {
    ...{ health, version: deps.version, startedAt: deps.clock.now() },
    dashboards: grafanaDashboards(grafanaUrl, { hasCluster: kubernetes !== null }),
  });
  registerFleetMetrics(deps.registry, {
    fleet: createFleetRepository(parts.core.db),
    parts: () => health.parts(),
    clock: deps.clock,
  });
}

/** What a command printed may go to a model: it holds names of secrets in the place of their values. */
function hidingSecrets({ workspaces: { content }, secrets }: Machines): WorkspaceContent {
  return {
    ...content,
    async exec(workspaceId, command) {
      const result = await content.exec(workspaceId, command);
      const mask = createMask(await secrets.knownValues(workspaceId));
      return { ...result, stdout: mask(result.stdout), stderr: mask(result.stderr) };
    },
  };
}

/** An AI agent that looks at a workspace works on it, whatever it asks. */
async function reportAgentUse(
  { workspaces, lifecycle }: Machines,
  organizationId: string,
  handle: string,
): Promise<void> {
  const found = await undefinedIfNotFound(workspaces.service.find(organizationId, handle));
  if (found) lifecycle.report(found.id, 'ai');
}

/** Old events are of use to nobody: pages load anew after such a time. */
const PRUNE_INTERVAL_MS = 3_600_000;

interface RunningParts extends Parts {
  readonly live: ReturnType<typeof createLiveHub>;
}

async function start(
  deps: AppDeps,
  { core, machines, builder, live }: RunningParts,
): Promise<NodeJS.Timeout> {
  const { connection } = deps.database;
  const { agents } = machines;
  const { replicas } = core;
  core.auditLog.start();
  core.signIn.start();
  await replicas.start();
  await core.sessions.endLost();
  await connection.listen(REPLICAS_CHANNEL, replicas.look, replicas.look);
  await connection.listen(
    LIVE_CHANNEL,
    (topic) => {
      core.access.onNotice(topic);
      core.sessions.onNotice(topic);
      live.wake(topic);
    },
    () => {
      core.access.checkAll();
      core.sessions.checkAll();
      live.wakeAll();
    },
  );
  await connection.listen(AGENTS_CHANNEL, agents.onNotice, agents.checkAll);
  const { secrets } = machines;
  await connection.listen(SECRETS_CHANNEL, secrets.onNotice, secrets.checkAll);
  secrets.start();
  const { builds } = builder;
  await connection.listen(PIPELINES_CHANNEL, builds.onNotice, builds.onNotice);
  await builds.recover();
  await machines.workspaces.boot();
  builder.snapshots.start();
  machines.lifecycle.start();
  machines.usage.start();
  builder.pools.start();
  builds.start();
  builder.domains.start();
  builder.forge.start();
  machines.agentUpdates.driver.start();
  await builder.projects.purgeArchived();
  await builder.messageVersions.recover();
  replicas.onFreed(async () => {
    await core.sessions.endLost();
    await takeOver(builder);
  });
  await builder.chat.resumeTurns();
  const prune = () =>
    Promise.all([core.events.prune(), machines.logs.removeAged(), core.sessions.removeAged()]);
  return setInterval(() => void prune().catch(core.onError), PRUNE_INTERVAL_MS).unref();
}

async function stop(
  app: FastifyInstance,
  { core, machines, builder, live }: RunningParts,
): Promise<void> {
  live.close();
  core.access.close();
  await core.sessions.close();
  builder.ports.close();
  builder.snapshots.close();
  await builder.chat.close();
  await builder.builds.close();
  await builder.forge.close();
  await machines.usage.close();
  await builder.domains.close();
  await builder.pools.close();
  await machines.agentUpdates.driver.close();
  await machines.lifecycle.close();
  await machines.workspaces.close();
  machines.git.credentials.close();
  await machines.secrets.close();
  await builder.modelProxy.close();
  await machines.agents.close();
  await core.replicas.close();
  await core.replicas.leave();
  builder.previews.close();
  await app.close();
  await core.auditLog.close();
}
