import type { Database } from '@spt-flow/db/client';
import type { TransitionKind } from '@spt-flow/shared/domain/workspace-state';
import type { Audit } from '../../lib/audit.ts';
import type { Clock } from '../../lib/clock.ts';
import type { AgentHub, EnrolmentTokens } from '../agents/index.ts';
import type { EventLog } from '../live/index.ts';
import type { Logs } from '../logs/index.ts';
import type { Replicas } from '../replicas/index.ts';
import {
  watchAbsence,
  endOwn,
  createForceDelete,
  type ForceDelete,
  createLeftoversRepository,
  createOrphanCleanup,
  createReconciler,
  type Reconciler,
  shareOf,
  shareWork,
  type SharedReconciler,
  createTransitionsRepository,
  type TransitionsRepository,
  messageOf,
} from './transitions/index.ts';
import {
  type SeedHook,
  type Furnishing,
  createGate,
  type DotfilesOf,
  type OperationsDeps,
  type TellsPath,
  createOperations,
  end,
} from './operations/index.ts';
import {
  measureDisks,
  createPlaceChoice,
  type PlaceChoice,
  type ProviderName,
  type Providers,
} from '../providers/index.ts';
import {
  createPermit,
  type Permit,
  type WorkspacePolicy,
  type Prices,
  type RunningLimits,
} from './policy/index.ts';
import {
  createReadyRepository,
  createWorkspacePreview,
  type PreviewWorkspace,
} from './making/index.ts';
import { createCopyService, type CopyService } from './workspace-copies.ts';
import { createWorkspaceContent, type WorkspaceContent } from './workspace-content.ts';
import { createHostsRepository } from './hosts-repository.ts';
import { createNotices, type Notices } from './workspace-notices.ts';
import { createWorkspaceService, type WorkspaceService } from './workspaces-service.ts';
import {
  createWorkspacesRepository,
  type WorkspaceRow,
  type WorkspacesRepository,
} from './workspaces-repository.ts';

/** Starting is work for the processor: more at once makes all of them slower. */
const STARTS_AT_ONCE = 4;
const CLEAN_UP_INTERVAL_MS = 24 * 3_600_000;

export interface WorkspacesDeps {
  readonly db: Database;
  readonly hub: AgentHub;
  /** Agents that are connected to this replica: what follows from their coming and going is its to do. Unset: all are. */
  readonly here?: Pick<AgentHub, 'onPresence'>;
  readonly enrolmentTokens: EnrolmentTokens;
  readonly revokeAgent: (workspaceId: string) => Promise<void>;
  readonly providers: Providers;
  /** Where workspaces run that ask for no provider. */
  readonly defaultProvider: ProviderName;
  /** Asked before a workspace is created, started or updated. */
  readonly policy: WorkspacePolicy;
  readonly eventLog: Pick<EventLog, 'append'>;
  readonly logs: Pick<Logs, 'append'>;
  readonly audit: Audit;
  readonly clock: Clock;
  /** How workspaces reach the control plane, and the fingerprint of its key; asked at each start. */
  readonly controlPlane: () => { readonly url: string; readonly serverKey: string };
  /** Gives containers what their repositories ask for. */
  readonly furnishing?: Furnishing | undefined;
  /** What the operator gives to all workspaces; their own settings come first. */
  readonly variables?: Readonly<Record<string, string>> | undefined;
  readonly tellsPath?: TellsPath | undefined;
  readonly deliverSecrets?: ((workspaceId: string) => Promise<void>) | undefined;
  /** What the owner of a workspace wants in the home directory. */
  readonly dotfilesOf?: DotfilesOf | undefined;
  readonly onError: (error: unknown, workspaceId: string) => void;
  readonly prices: Prices;
  readonly runningLimits: RunningLimits;
  /** Unset: this is the only one. */
  readonly replicas?: Replicas | undefined;
  readonly limits?: {
    readonly deadlineSeconds?: Partial<Record<TransitionKind, number>>;
    readonly cloneIdleMs?: number;
    readonly dotfilesSeconds?: number;
    readonly absenceMs?: number;
    readonly meetMs?: number;
    readonly firstRetryMs?: number;
    readonly forceMs?: number;
  };
}

/** ReadyHook runs each time a workspace became ready, e.g. to start its app; a failure goes to the workspace's log. */
export type ReadyHook = (workspace: WorkspaceRow) => Promise<void>;

export interface Workspaces {
  readonly service: WorkspaceService;
  readonly content: WorkspaceContent;
  readonly copies: CopyService;
  readonly preview: PreviewWorkspace;
  /** Where people may have their workspaces. */
  readonly places: PlaceChoice;
  registerSeedHook(hook: SeedHook): void;
  registerReadyHook(hook: ReadyHook): void;
  /** Is done at the boot and every day. */
  registerCleanUp(work: () => Promise<unknown>): void;
  /** Something that pages show of a workspace changed, e.g. its agent's memory. */
  notifyChanged(workspaceId: string): Promise<void>;
  /** One that this process found running has ended, its provider says. */
  ended(workspaceId: string, cause: string): void;
  /** Removes the remains of deleted workspaces, and returns their ids; also done every day. */
  cleanUpOrphans(): Promise<string[]>;
  /** What workspaces take on the disks of what runs them, as far as that tells it. */
  measureDisks(): Promise<Map<string, number>>;
  /** Brings order after the last stop or crash, then starts what is to run. */
  boot(): Promise<void>;
  /** Ends all workspaces of this machine; they are started again at the next boot. */
  close(): Promise<void>;
}

/** createWorkspaces puts the feature together. */
export function createWorkspaces(deps: WorkspacesDeps): Workspaces {
  const { db, hub, providers, onError, replicas } = deps;
  const repository = createWorkspacesRepository(db);
  const transitions = createTransitionsRepository(db);
  const seedHooks: SeedHook[] = [];
  const readyHooks: ReadyHook[] = [];
  const leftovers = createLeftoversRepository(db);
  const cleanUpOrphans = createOrphanCleanup({ providers, leftovers, onError });
  const cleanUps: (() => Promise<unknown>)[] = [cleanUpOrphans];
  let cleaning: NodeJS.Timeout | undefined;
  const notices = createNotices({ ...deps, repository });
  const permit = createPermit(deps);
  const places = createPlaceChoice(deps);
  const share = shareOf(replicas, repository);

  const reconciler: Reconciler = createReconciler({
    ...{ repository, transitions, providers, onError },
    ...{ clock: deps.clock, share },
    operations: operationsOf(deps, {
      ...{ repository, seedHooks, permit, notices },
      onEnded: (workspaceId, cause) => reconciler.ended(workspaceId, cause),
    }),
    ...{ log: notices.log, onWorkspaceChanged: notices.workspaceChanged },
    onTransitionChanged: notices.transitionChanged,
    onRunning: runReadyHooks,
    deadlineSeconds: deps.limits?.deadlineSeconds,
    firstRetryMs: deps.limits?.firstRetryMs,
  });

  function runReadyHooks(workspace: WorkspaceRow): void {
    for (const hook of [copies.onRunning, ...readyHooks]) {
      hook(workspace).catch((error: unknown) => notices.log(workspace, 'warn', messageOf(error)));
    }
  }

  const stopFollowing = followAgents(deps, { notices, reconciler, giveUp });

  /** A machine of ours is ended, to be started again; one elsewhere is looked at, and let in or waited for. */
  async function giveUp(workspaceId: string): Promise<void> {
    // Another replica looks after it.
    if (!reconciler.has(workspaceId)) return;
    const row = await repository.get(workspaceId);
    // What stands still can't answer.
    if (!row || copies.isFrozen(workspaceId)) return;
    const provider = providers.of(row);
    if (provider.ownsMachine && !provider.isElsewhere)
      await provider.stop(workspaceId, { graceMs: 0 });
    else reconciler.ended(workspaceId, 'The server is not connected any more');
  }

  function cleanUp(): void {
    for (const work of cleanUps) work().catch((error: unknown) => onError(error, 'clean-up'));
  }

  const { shared, forceDelete } = shareWork({
    ...{ replicas, repository, onError, local: reconciler },
    forceDelete: createForceDelete({
      ...{ repository, transitions, reconciler, leftovers, providers },
      ...{ clock: deps.clock, onTransitionChanged: notices.transitionChanged },
      ...{ revokeAgent: deps.revokeAgent, limitMs: deps.limits?.forceMs },
    }),
  });
  const service = createService(deps, {
    ...{ repository, transitions, reconciler: shared, forceDelete, notices, permit },
  });
  const copies = createCopyService({
    ...{ repository, providers, reconciler: shared },
    ensureReady: service.ensureReady,
    onWorkspaceChanged: notices.workspaceChanged,
  });

  return {
    ...{ service, copies, places, cleanUpOrphans },
    content: createWorkspaceContent(hub),
    preview: createWorkspacePreview({ ...deps, repository, places, limits: deps.runningLimits }),
    registerSeedHook: (hook) => void seedHooks.push(hook),
    registerReadyHook: (hook) => void readyHooks.push(hook),
    registerCleanUp: (work) => void cleanUps.push(work),
    notifyChanged: notices.workspaceChanged,
    ended: (workspaceId, cause) => reconciler.ended(workspaceId, cause),
    measureDisks: () => measureDisks({ providers, onError }),

    async boot() {
      await reconciler.boot();
      await share.follow(() => reconciler.takeOver('Its replica of the control plane is gone'));
      cleanUp();
      cleaning = setInterval(cleanUp, CLEAN_UP_INTERVAL_MS);
      cleaning.unref();
    },

    async close() {
      clearInterval(cleaning);
      stopFollowing();
      await reconciler.close();
      try {
        await endOwn({
          active: () => repository.active(),
          ofOthers: () => share.ofOthers(),
          isRunningHere: (row) => endsWithUs(providers, row),
          end: (row) => end({ hub, providers }, row),
        });
      } finally {
        const spared = await share.ofOthers();
        for (const provider of providers.all().values()) await provider.reap(spared);
      }
    },
  };
}

interface OperationParts extends Pick<
  OperationsDeps,
  'repository' | 'seedHooks' | 'permit' | 'onEnded'
> {
  readonly notices: Notices;
}

function operationsOf(deps: WorkspacesDeps, { notices, ...parts }: OperationParts) {
  const { providers, hub, clock, enrolmentTokens, revokeAgent, controlPlane, limits } = deps;
  const { deliverSecrets, furnishing, variables, tellsPath, dotfilesOf } = deps;
  return createOperations({
    ...parts,
    ...{ providers, hub, clock, enrolmentTokens, revokeAgent, controlPlane },
    ...{ deliverSecrets, furnishing, variables, tellsPath, dotfilesOf },
    gate: createGate(STARTS_AT_ONCE),
    log: (workspace, level, text) => void notices.log(workspace, level, text),
    dotfilesLimitSeconds: limits?.dotfilesSeconds,
    cloneIdleLimitMs: limits?.cloneIdleMs,
    meetLimitMs: limits?.meetMs,
  });
}

async function endsWithUs(providers: Providers, row: WorkspaceRow): Promise<boolean> {
  const provider = providers.of(row);
  if (!provider.ownsMachine || provider.outlivesControlPlane) return false;
  return (await provider.inspect(row.id)) === 'running';
}

/** What follows from the coming and going of agents; returns what ends it. */
function followAgents(
  { hub, here = hub, onError, limits }: WorkspacesDeps,
  work: {
    readonly notices: Notices;
    readonly reconciler: Reconciler;
    readonly giveUp: (workspaceId: string) => Promise<void>;
  },
): () => void {
  const { notices, reconciler } = work;
  const stopNotices = here.onPresence(
    ({ session }) => void notices.workspaceChanged(session.workspaceId),
  );
  const stopConnecting = hub.onPresence(({ session, online }) => {
    if (online) reconciler.connected(session.workspaceId);
  });
  const absence = watchAbsence({
    ...{ hub, onError, endWorkspace: work.giveUp, limitMs: limits?.absenceMs },
  });
  return () => {
    absence.close();
    stopNotices();
    stopConnecting();
  };
}

interface ServiceParts {
  readonly repository: WorkspacesRepository;
  readonly transitions: TransitionsRepository;
  readonly reconciler: SharedReconciler;
  readonly forceDelete: ForceDelete;
  readonly notices: Notices;
  readonly permit: Permit;
}

function createService(
  deps: WorkspacesDeps,
  { notices, ...parts }: ServiceParts,
): WorkspaceService {
  const { hub, providers, audit, policy, clock, prices } = deps;
  const onTransitionChanged = notices.transitionChanged;
  return createWorkspaceService({
    ...{ ...parts, hub, providers, audit, policy, clock, prices, onTransitionChanged },
    ready: createReadyRepository(),
    hosts: createHostsRepository(deps.db),
    replicaId: deps.replicas?.id,
    defaultProvider: deps.defaultProvider,
    limits: deps.runningLimits,
    onWorkspaceChanged: notices.workspaceChanged,
  });
}
