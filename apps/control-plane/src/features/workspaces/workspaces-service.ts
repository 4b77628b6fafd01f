import type { Queryable } from '@spt-flow/db/client';
import type { Transition, Workspace, WorkspaceVerdict } from '@spt-flow/shared/api/workspaces';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { DesiredState } from '@spt-flow/shared/domain/workspace-state';
import type { Audit } from '../../lib/audit.ts';
import type { Clock } from '../../lib/clock.ts';
import { decodeCursor, toPage } from '../../lib/pagination.ts';
import { auditName, type Principal } from '../../lib/principal.ts';
import type { AgentHub } from '../agents/index.ts';
import {
  type Blueprint,
  insertWorkspace,
  type NewWorkspace,
  type ReadyRepository,
  remake,
} from './making/index.ts';
import type {
  ForceDelete,
  Cause,
  SharedReconciler,
  TransitionRow,
  TransitionsRepository,
} from './transitions/index.ts';
import {
  startPlanOf,
  type Permit,
  type WorkspacePolicy,
  type Prices,
  assertMayRun,
  type RunningLimits,
} from './policy/index.ts';
import type { ProviderName, Providers } from '../providers/index.ts';
import { whenOnline } from './operations/index.ts';
import { toTransition, toWorkspace } from './workspace-view.ts';
import type { HostsRepository } from './hosts-repository.ts';
import type { WorkspaceRow, WorkspacesRepository } from './workspaces-repository.ts';

/** A running workspace whose agent lost its connection is waited for this long. */
const RECONNECT_PATIENCE_MS = 30_000;

export interface WorkspacesServiceDeps {
  readonly repository: WorkspacesRepository;
  readonly transitions: TransitionsRepository;
  readonly reconciler: Pick<
    SharedReconciler,
    'request' | 'settled' | 'isBusy' | 'failureOf' | 'hurry' | 'cancel'
  >;
  readonly hub: AgentHub;
  readonly providers: Providers;
  /** Where workspaces run that ask for no provider. */
  readonly defaultProvider: ProviderName;
  readonly audit: Audit;
  readonly policy: WorkspacePolicy;
  readonly permit: Permit;
  readonly ready: ReadyRepository;
  readonly hosts: HostsRepository;
  readonly clock: Clock;
  readonly prices: Prices;
  readonly limits: RunningLimits;
  /** Looks after what is created here; unset: the only one. */
  readonly replicaId?: string | undefined;
  readonly forceDelete: ForceDelete;
  readonly onWorkspaceChanged: (workspaceId: string) => Promise<void>;
  readonly onTransitionChanged: (transition: TransitionRow) => Promise<void>;
}

/** What happens without a person who asks, and why. */
export interface OwnChange {
  readonly desired: DesiredState;
  readonly reason: string;
  readonly correlationId: string;
}

type BeginCause = Pick<Cause, 'reason' | 'isBackground'>;

interface Page {
  readonly cursor?: string | undefined;
  readonly limit: number;
}

export interface WorkspaceService {
  /** Stores a workspace that is to run. It starts once the transaction is committed and `begin` is called. */
  create(input: NewWorkspace, tx?: Queryable): Promise<WorkspaceRow>;
  /** Starts what `create` stored. */
  begin(workspaceId: string, correlationId: string, why?: BeginCause): Promise<void>;
  find(organizationId: string, handle: string): Promise<WorkspaceRow>;
  byId(workspaceId: string): Promise<WorkspaceRow | undefined>;
  ofProject(projectId: string, tx?: Queryable): Promise<WorkspaceRow | undefined>;
  /** AppError `host_in_use`: it hosts workspaces of others. */
  assertHostsNone(workspaceId: string): Promise<void>;
  get(principal: Principal, handle: string): Promise<Workspace>;
  list(
    principal: Principal,
    page: Page,
  ): Promise<{ items: Workspace[]; nextCursor: string | null }>;
  timeline(
    principal: Principal,
    handle: string,
    page: Page,
  ): Promise<{ items: Transition[]; nextCursor: string | null }>;
  start(principal: Principal, handle: string, correlationId: string): Promise<Workspace>;
  stop(principal: Principal, handle: string, correlationId: string): Promise<Workspace>;
  /** Starts it anew, whether it runs or not; AppError `workspace_busy` while something is being done about it. */
  restart(principal: Principal, handle: string, cause: Cause): Promise<Workspace>;
  remove(principal: Principal, handle: string, correlationId: string): Promise<Workspace>;
  /** What the policy would say of a start now. */
  judge(principal: Principal, handle: string): Promise<WorkspaceVerdict>;
  /** Ends a start or a stop that is under way, and brings back what was before it. */
  cancel(principal: Principal, handle: string, correlationId: string): Promise<Workspace>;
  /** Deletes it whatever its machine says; tells what is left, which is removed once that answers. */
  forceDelete(
    principal: Principal,
    handle: string,
    correlationId: string,
  ): Promise<{ workspace: Workspace; leftovers: string[] }>;
  /** Nothing happens when something else is wanted by now; AppError `limit_reached` for one start too many. */
  changeByItself(workspaceId: string, change: OwnChange): Promise<boolean>;
  /** Waits until nothing is being done about the workspace, e.g. until its deletion is over. */
  settled(workspaceId: string, signal?: AbortSignal): Promise<void>;
  /** Starts the workspace when it does not run and waits until its agent is connected; AppError otherwise. */
  ensureReady(
    workspaceId: string,
    options: { correlationId: string; signal?: AbortSignal },
  ): Promise<WorkspaceRow>;
  /** The workspace for work that must not start it; AppError `workspace_stopped`. */
  requireRunning(
    principal: Principal,
    handle: string,
    options: { correlationId: string; signal?: AbortSignal },
  ): Promise<WorkspaceRow>;
  /** Makes it of something else from its next start on; AppError `conflict` when somebody else just did. */
  remake(
    principal: Principal,
    change: { workspaceId: string; blueprint: Blueprint; reason: string },
    correlationId: string,
  ): Promise<Workspace>;
  /** A machine made now would be of another image. */
  isOutdated(workspaceId: string): Promise<boolean>;
  toApi(row: WorkspaceRow): Promise<Workspace>;
}

interface WantCall {
  readonly principal: Principal;
  readonly handle: string;
  readonly correlationId: string;
  /** What is being done is cancelled because of this. */
  readonly reason?: string;
}

/** createWorkspaceService says what is wanted; the reconciler does it. */
export function createWorkspaceService(deps: WorkspacesServiceDeps): WorkspaceService {
  const { repository, reconciler, hub } = deps;

  async function find(organizationId: string, handle: string): Promise<WorkspaceRow> {
    const row = await repository.find(organizationId, handle);
    if (!row) throw new AppError('not_found');
    return row;
  }

  async function toApi(row: WorkspaceRow): Promise<Workspace> {
    const online = hub.isOnline(row.id);
    const { prices, providers } = deps;
    const surroundings = await repository.surroundings(row.id);
    return toWorkspace(row, surroundings, { online, prices, providers });
  }

  async function want(desired: DesiredState, call: WantCall): Promise<Workspace> {
    const { principal, handle, correlationId } = call;
    const found = await find(principal.organizationId, handle);
    const { id } = found;
    const principalName = auditName(principal);
    if (desired === 'running')
      await deps.permit(startPlanOf(found), {
        principal: principalName,
        target: id,
        correlationId,
      });
    const row = await repository.transaction(async (tx) => {
      if (desired === 'running' && found.desiredState !== 'running')
        await assertMayRun(deps, found, tx);
      if (desired === 'deleted') await deps.hosts.assertNone(id, tx);
      const changed = await repository.setDesired(id, desired, tx);
      if (!changed) throw new AppError('workspace_busy', 'The workspace is being deleted');
      await deps.audit.record(
        {
          organizationId: principal.organizationId,
          principal: principalName,
          action: `workspace.${VERBS[desired]}`,
          target: id,
          correlationId,
        },
        tx,
      );
      return changed;
    });
    await deps.onWorkspaceChanged(id);
    const reason = call.reason ?? `${principal.userName} asked to ${VERBS[desired]} it`;
    if (call.reason !== undefined) reconciler.cancel(id, reason);
    reconciler.request(row, { reason, correlationId });
    return toApi(row);
  }

  async function ensureReady(
    workspaceId: string,
    { correlationId, signal }: { correlationId: string; signal?: AbortSignal },
  ): Promise<WorkspaceRow> {
    const wasBusy = await reconciler.isBusy(workspaceId);
    reconciler.hurry(workspaceId);
    await reconciler.settled(workspaceId, signal);
    const before = await repository.get(workspaceId);
    if (!before || before.desiredState === 'deleted') throw new AppError('not_found');
    // What has just failed would fail again.
    const hasFailed = wasBusy && before.actualState === 'failed';
    if (before.actualState !== 'running' && !hasFailed)
      await askToRun(deps, workspaceId, correlationId);
    await reconciler.settled(workspaceId, signal);
    const row = await repository.get(workspaceId);
    if (row?.actualState !== 'running')
      throw failureOf(await reconciler.failureOf(workspaceId), row);
    const patience = AbortSignal.timeout(RECONNECT_PATIENCE_MS);
    await whenOnline(
      hub,
      workspaceId,
      signal ? AbortSignal.any([signal, patience]) : patience,
    ).catch((cause: unknown) => {
      signal?.throwIfAborted();
      throw new AppError('agent_offline', undefined, { cause });
    });
    return row;
  }

  return {
    find,
    toApi,
    ensureReady,
    changeByItself: (workspaceId, change) => changeByItself(deps, workspaceId, change),
    settled: (workspaceId, signal) => reconciler.settled(workspaceId, signal),
    byId: (workspaceId) => repository.get(workspaceId),
    ofProject: (projectId, tx) => repository.ofProject(projectId, tx),
    assertHostsNone: (workspaceId) =>
      repository.transaction((tx) => deps.hosts.assertNone(workspaceId, tx)),

    async isOutdated(workspaceId) {
      const row = await repository.get(workspaceId);
      return (row && (await deps.providers.of(row).isOutdated?.(workspaceId))) ?? false;
    },

    remake: async (principal, change, correlationId) =>
      toApi(await remake(deps, { ...change, principal, correlationId })),

    create: (input, tx) =>
      tx
        ? insertWorkspace(deps, input, tx)
        : repository.transaction((own) => insertWorkspace(deps, input, own)),

    async begin(workspaceId, correlationId, why = { reason: 'The workspace was created' }) {
      const row = await repository.get(workspaceId);
      if (row) reconciler.request(row, { ...why, correlationId });
    },

    get: async (principal, handle) => toApi(await find(principal.organizationId, handle)),

    async list(principal, { cursor, limit }) {
      const rows = await repository.list(principal, {
        before: decodeCursor(cursor),
        limit: limit + 1,
      });
      const { items, nextCursor } = toPage(rows, limit, (row) => row.createdAt);
      return { items: await Promise.all(items.map(toApi)), nextCursor };
    },

    async timeline(principal, handle, { cursor, limit }) {
      const { id, organizationId } = await find(principal.organizationId, handle);
      const rows = await deps.transitions.list(organizationId, id, {
        before: decodeCursor(cursor),
        limit: limit + 1,
      });
      const { items, nextCursor } = toPage(rows, limit, (row) => row.startedAt);
      return { items: items.map(toTransition), nextCursor };
    },

    start: (principal, handle, correlationId) =>
      want('running', { principal, handle, correlationId }),
    stop: (principal, handle, correlationId) =>
      want('stopped', { principal, handle, correlationId }),
    remove: (principal, handle, correlationId) =>
      want('deleted', { principal, handle, correlationId }),

    async judge(principal, handle) {
      const denials = await deps.policy(startPlanOf(await find(principal.organizationId, handle)));
      return { permitted: denials.length === 0, denials: [...denials] };
    },

    async cancel(principal, handle, correlationId) {
      const { id, desiredState } = await find(principal.organizationId, handle);
      if (desiredState === 'deleted')
        throw new AppError('workspace_busy', 'A deletion can’t be cancelled');
      if (!(await reconciler.isBusy(id))) throw new AppError('nothing_to_cancel');
      const reason = `${principal.userName} cancelled the ${desiredState === 'running' ? 'start' : 'stop'}`;
      const desired = desiredState === 'running' ? 'stopped' : 'running';
      return want(desired, { principal, handle: id, correlationId, reason });
    },

    async forceDelete(principal, handle, correlationId) {
      const { id, organizationId } = await find(principal.organizationId, handle);
      const row = await repository.transaction(async (tx) => {
        await deps.hosts.assertNone(id, tx);
        const entry = { action: 'workspace.force-delete', target: id, correlationId };
        await deps.audit.record({ organizationId, principal: auditName(principal), ...entry }, tx);
        return repository.setDesired(id, 'deleted', tx);
      });
      if (!row) throw new AppError('not_found');
      const leftovers = await deps.forceDelete(row);
      await deps.onWorkspaceChanged(id);
      return { workspace: await toApi((await repository.get(id)) ?? row), leftovers };
    },

    async restart(principal, handle, cause) {
      const found = await find(principal.organizationId, handle);
      const { id } = found;
      const asked = { principal: auditName(principal), target: id };
      await deps.permit(startPlanOf(found), { ...asked, correlationId: cause.correlationId });
      if (await reconciler.isBusy(id)) throw new AppError('workspace_busy');
      const row = await repository.transaction(async (tx) => {
        if (found.desiredState !== 'running') await assertMayRun(deps, found, tx);
        if (!(await repository.setDesired(id, 'running', tx))) throw new AppError('workspace_busy');
        // A start ends what still runs, as after a crash.
        return repository.setActual(id, { actualState: 'stopped' }, tx);
      });
      if (!row) throw new AppError('not_found');
      reconciler.request(row, cause);
      await deps.onWorkspaceChanged(id);
      return toApi(row);
    },

    async requireRunning(principal, handle, options) {
      const row = await find(principal.organizationId, handle);
      if (row.desiredState !== 'running') throw new AppError('workspace_stopped');
      return ensureReady(row.id, options);
    },
  };
}

const VERBS: Readonly<Record<DesiredState, string>> = {
  running: 'start',
  stopped: 'stop',
  deleted: 'delete',
};

async function askToRun(
  deps: WorkspacesServiceDeps,
  workspaceId: string,
  correlationId: string,
): Promise<void> {
  const row = await deps.repository.transaction(async (tx) => {
    const found = await deps.repository.get(workspaceId, tx);
    if (found && found.desiredState !== 'running') await assertMayRun(deps, found, tx);
    return deps.repository.setDesired(workspaceId, 'running', tx);
  });
  if (!row) throw new AppError('not_found');
  deps.reconciler.request(row, { reason: 'It is needed', correlationId });
}

async function changeByItself(
  deps: WorkspacesServiceDeps,
  workspaceId: string,
  { desired, reason, correlationId }: OwnChange,
): Promise<boolean> {
  const { repository, audit } = deps;
  const row = await repository.transaction(async (tx) => {
    const found = await repository.get(workspaceId, tx);
    if (found && desired === 'running') await assertMayRun(deps, found, tx);
    if (desired === 'deleted' && (await deps.hosts.since(workspaceId))) return undefined;
    const from = desired === 'stopped' ? 'running' : 'stopped';
    const changed = await repository.replaceDesired(workspaceId, { from, to: desired }, tx);
    if (!changed) return undefined;
    const { organizationId } = changed;
    const entry = {
      action: `workspace.${VERBS[desired]}`,
      target: workspaceId,
      detail: { reason },
    };
    await audit.record({ organizationId, principal: 'system', correlationId, ...entry }, tx);
    return changed;
  });
  if (!row) return false;
  await deps.onWorkspaceChanged(workspaceId);
  deps.reconciler.request(row, { reason, correlationId, isBackground: true });
  return true;
}

function failureOf(failure: unknown, row: WorkspaceRow | undefined): AppError {
  if (failure instanceof AppError && row?.actualState === 'failed') return failure;
  if (row?.actualState === 'failed')
    return new AppError('workspace_start_failed', row.failure ?? undefined);
  return new AppError(row?.desiredState === 'stopped' ? 'workspace_stopped' : 'workspace_busy');
}
