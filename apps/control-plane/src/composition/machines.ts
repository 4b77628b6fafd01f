import { AppError } from '@spt-flow/shared/domain/errors';
import { AGENT_CONNECT_PATH } from '@spt-flow/shared/agent-protocol/handshake';
import { createAgentUpdates } from '../features/agent-updates/index.ts';
import { loadPolicyLimits } from '../boot/policy-limits.ts';
import { loadCa } from '../boot/load-ca.ts';
import {
  createAgents,
  createIdentity,
  createIdentityRepository,
  type Agents,
} from '../features/agents/index.ts';
import { createBillsRepository, createBillsService } from '../features/bills/index.ts';
import { openDevcontainers, type OpenDevcontainersDeps } from '../features/devcontainers/index.ts';
import { createDotfilesRepository, createDotfilesService } from '../features/dotfiles/index.ts';
import { createGitCredentials } from '../features/git-credentials/index.ts';
import { createLifecycle, type KeepLast } from '../features/lifecycle/index.ts';
import { createLogLiveSource, createLogs, createLogsRepository } from '../features/logs/index.ts';
import { createSecrets, type Secrets } from '../features/secrets/index.ts';
import {
  createEmbeddedCertificates,
  createVaultCertificates,
  openSshAuthorities,
} from '../features/ssh/index.ts';
import { createHostsService } from '../features/servers/index.ts';
import { createUsage } from '../features/usage/index.ts';
import {
  createHostsRepository,
  createPrices,
  type Prices,
  createWorkspaces,
  openRegoPolicy,
  type WorkspaceRow,
  type Workspaces,
} from '../features/workspaces/index.ts';
import { pathOf, refuseUpgrade, type UpgradeHandler } from '../lib/upgrade-router.ts';
import type { AppDeps, Core } from './core.ts';
import { clusterUrls, createPlaces } from './places.ts';

type Places = Awaited<ReturnType<typeof createPlaces>>;

export type Machines = Awaited<ReturnType<typeof createMachines>>;

/** createMachines builds what runs workspaces and talks to their agents. */
export async function createMachines(deps: AppDeps, core: Core) {
  const { clock } = deps;
  const { db, events, audit, onError } = core;
  const identity = await openIdentity(deps, core);
  const logsRepository = createLogsRepository(db, { ...deps.config.logs, onError });
  const logs = createLogs({ repository: logsRepository, clock });
  const agentUrl = `http://127.0.0.1:${deps.agentPort}`;
  // Workspaces need the agents' connections; what agents tell about themselves is news of their workspaces.
  const late: { workspaces?: Workspaces; keepLast?: KeepLast } = {};
  const agents = createAgents({
    ...{ db, identity, audit, logs, clock, onError, replicas: core.replicas },
    ...{ upgradeRouter: core.upgradeRouter, policy: deps.config.agents, tracer: deps.tracer },
    ...{ agentUrl: () => agentUrl, publicUrl: () => core.publicUrl },
    otherUrls: clusterUrls(deps),
    onChanged: (workspaceId) => void late.workspaces?.notifyChanged(workspaceId),
  });
  const routeAgentUpgrade = agentsOnly(core);
  const { providers, ...places } = await createPlaces(deps, {
    ...{ installationId: identity.controlPlaneId, publicUrl: core.publicUrl },
    ...{ routeAgentUpgrade, hub: agents.hub, onError },
    onEnded: (...ended) => late.workspaces?.ended(...ended),
  });
  const { maxRunningPerUser, maxRunningPerOrganization, ...lifecyclePolicy } =
    deps.config.lifecycle;
  const prices = createPrices(lifecyclePolicy);
  const policy = await openRegoPolicy({ ...policyOf(deps), prices });
  const devcontainers = createDevcontainers(deps, {
    ...{ db, logs, audit, provider: places.docker, installationId: identity.controlPlaneId },
    agents: agents.hub,
    workspaces: () => late.workspaces,
  });
  const git = createGitAccess(deps, core, agents.here);
  const secrets = createSecretParts(deps, core, { agents, workspaces: () => late.workspaces });
  const workspaces = createWorkspaces({
    ...{ db, logs, audit, clock, policy, prices, onError },
    ...{ hub: agents.hub, here: agents.here, replicas: core.replicas },
    ...{ dotfilesOf: git.dotfiles.of, tellsPath: git.credentials.tellsPath },
    ...{ furnishing: devcontainers.furnishing, deliverSecrets: secrets.deliver },
    ...{ variables: sharedVariables(deps), enrolmentTokens: agents.enrolmentTokens },
    ...{ providers, revokeAgent: agents.revokeAgent },
    defaultProvider: deps.config.workspaces.provider,
    eventLog: events,
    runningLimits: { perUser: maxRunningPerUser, perOrganization: maxRunningPerOrganization },
    controlPlane: () => ({ url: agentUrl, serverKey: identity.key.keyId }),
  });
  late.workspaces = workspaces;
  const hosts = await openHosts(core, { ...places, agents, workspaces });
  const lifecycle = createLifecycle({
    ...{ db, workspaces, logs, audit, clock, prices, onError },
    policy: lifecyclePolicy,
    keepLast: (...workspace) => keepLast(late.keepLast, ...workspace),
    ...heardOf(agents),
  });
  attendContainers(workspaces, devcontainers);
  return {
    agents,
    ...{ hub: agents.hub, enrolmentTokens: agents.enrolmentTokens },
    ...{ ...idsOf(identity), onAgentEvent: agents.events.onEvent },
    sshCertificates: await openSshCertificates(deps, core, secrets),
    ...{ ...places, policy, prices, routeAgentUpgrade, devcontainers, git, secrets, hosts },
    planOf: (name: string, provider: WorkspaceRow['provider'] | undefined) =>
      providers.of({ provider: provider ?? deps.config.workspaces.provider }).plan(name),
    ...{ logs, workspaces, lifecycle },
    logSource: createLogLiveSource(logsRepository),
    /** Snapshots need projects, which come later. */
    setKeepLast: (keep: KeepLast) => void (late.keepLast = keep),
    ...createFollowers(deps, core, { agents, workspaces, prices }),
  };
}

function idsOf({ key, controlPlaneId }: Awaited<ReturnType<typeof createIdentity>>) {
  return { serverKey: key.keyId, installationId: controlPlaneId };
}

function attendContainers(
  workspaces: Workspaces,
  { onReady, cleanUpImages }: ReturnType<typeof createDevcontainers>,
): void {
  workspaces.registerReadyHook(onReady);
  workspaces.registerCleanUp(cleanUpImages);
}

/** What the operator permits workspaces. */
function policyOf({ config: { policy, devcontainers } }: AppDeps) {
  const { allowPrivileged } = devcontainers;
  const own = loadPolicyLimits(policy.dataFile);
  return { settings: { ...policy, allowPrivileged }, own, bundle: policy.bundle };
}

/** What only listens to agents and workspaces, or looks at what was noted of them. */
function createFollowers(
  deps: AppDeps,
  core: Core,
  parts: { agents: Agents; workspaces: Workspaces; prices: Prices },
) {
  const { db, audit } = core;
  const { currency } = parts.prices;
  return {
    bills: createBillsService({
      ...{ repository: createBillsRepository(db), audit, clock: deps.clock, currency },
    }),
    usage: createUsageParts(deps, core, parts),
    agentUpdates: createUpdates(deps, core, parts.agents),
  };
}

/** Machines fetch at the pace that the operator grants, a few at a time. */
const UPDATES_AT_ONCE = 8;

function createUpdates({ config, paths, clock }: AppDeps, core: Core, agents: Agents) {
  const { db, audit, onError } = core;
  const { directory = paths.releases, bytesPerSecond } = config.agentUpdates;
  const own = { directory, bytesPerSecond, atOnce: UPDATES_AT_ONCE };
  return createAgentUpdates({ ...{ db, agents, audit, clock, onError }, ...own });
}

/** What agents tell, and whether they are connected to this replica. */
function heardOf({ events, here }: Agents) {
  return { onAgentEvent: events.onEvent, onPresence: here.onPresence };
}

function createUsageParts(
  { clock, config }: AppDeps,
  { db, onError }: Core,
  { agents, workspaces }: { agents: Agents; workspaces: Workspaces },
) {
  return createUsage({
    ...{ db, clock, onError, caps: config.workspaces.caps },
    ...heardOf(agents),
    findWorkspace: workspaces.service.find,
  });
}

/** Those that were made before are known from the beginning: what is left in their engines is looked for too. */
async function openHosts(
  { db, audit, publicUrl }: Core,
  { hosts, agents, workspaces }: Pick<Places, 'hosts'> & { agents: Agents; workspaces: Workspaces },
) {
  const repository = createHostsRepository(db);
  for (const id of await repository.ids()) hosts.of(id);
  return createHostsService({
    ...{ repository, hosts, audit, agents: agents.hub, workspaces: workspaces.service },
    publicUrl: () => publicUrl,
  });
}

/** Without a last snapshot nothing is deleted. */
async function keepLast(keep: KeepLast | undefined, ...workspace: Parameters<KeepLast>) {
  if (!keep) throw new AppError('internal');
  await keep(...workspace);
}

/** What people bring to all of their workspaces. */
function createGitAccess(
  { secretKey, clock }: AppDeps,
  { db, audit, onError }: Core,
  hub: Agents['hub'],
) {
  return {
    credentials: createGitCredentials({ db, hub, secretKey, audit, clock, onError }),
    dotfiles: createDotfilesService({ repository: createDotfilesRepository(db), audit }),
  };
}

function createSecretParts(
  { secretKey, clock, config: { vault } }: AppDeps,
  { db, audit, onError, projectAccess: { admit } }: Core,
  { agents, workspaces }: { agents: Agents; workspaces: () => Workspaces | undefined },
) {
  return createSecrets({
    ...{ db, secretKey, audit, clock, onError, admit, here: agents.here, hub: agents.hub },
    vault: vault && { ...vault, ca: loadCa(vault.caFile, 'SPT_FLOW_VAULT_CA_FILE') },
    async findWorkspace(organizationId, handle) {
      const found = await workspaces()?.service.find(organizationId, handle);
      if (!found) throw new AppError('not_found');
      return found;
    },
  });
}

async function openIdentity(deps: AppDeps, { db, audit }: Core) {
  const identity = await createIdentity({
    repository: createIdentityRepository(db),
    secretKey: deps.secretKey,
  });
  if (deps.databaseRestored) await identity.raiseEpoch({ audit, clock: deps.clock });
  return identity;
}

async function openSshCertificates(
  { secretKey, clock, config: { vault } }: AppDeps,
  { db }: Core,
  { askVault: ask }: Secrets,
) {
  if (vault?.ssh && ask) return createVaultCertificates({ ask, roles: vault.ssh, clock });
  const repository = createIdentityRepository(db);
  return createEmbeddedCertificates(await openSshAuthorities({ repository, secretKey }), clock);
}

/** Named by the operator, who knows that whoever works in a workspace can read them. */
function sharedVariables({ config, environment }: AppDeps): Record<string, string> {
  const pairs = config.workspaces.variables.flatMap((name) => {
    const value = environment[name];
    return value ? [[name, value] as const] : [];
  });
  return Object.fromEntries(pairs);
}

/** Where agents come in that do not leave this machine; whatever else is asked for there does not exist. */
function agentsOnly({ upgradeRouter }: Core): UpgradeHandler {
  return (request, socket, head) => {
    if (pathOf(request) === AGENT_CONNECT_PATH) upgradeRouter.route(request, socket, head);
    else refuseUpgrade(socket, 404);
  };
}

function createDevcontainers(
  { config, environment, paths }: AppDeps,
  parts: Pick<
    OpenDevcontainersDeps,
    'db' | 'logs' | 'audit' | 'agents' | 'provider' | 'installationId' | 'workspaces'
  >,
) {
  return openDevcontainers({
    ...parts,
    ...config.devcontainers,
    environment,
    temporaryDirectory: paths.temporary,
  });
}
