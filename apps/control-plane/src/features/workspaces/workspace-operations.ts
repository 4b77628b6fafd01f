import { AppError } from '@spt-flow/shared/domain/errors';
import type { AgentHub, EnrolmentTokens } from '../agents/index.ts';
import type { LogLevel } from '../logs/index.ts';
import { unlessAborted } from './abort.ts';
import { chooseAppPort, isPortFree } from './app-ports.ts';
import { provideFirstContent, type SeedHook } from './first-content.ts';
import type { Gate } from './gate.ts';
import type { WorkspaceProvider } from './provider.ts';
import type { TransitionRun } from './transition-run.ts';
import type { WorkspaceRow, WorkspacesRepository } from './workspaces-repository.ts';

/** How long processes may take to end by themselves. */
const STOP_GRACE_MS = 3_000;
const ASK_TIMEOUT_MS = 2_000;
/** A clone shows progress and ends itself when there is none: see `cloneRepository`. */
const FIRST_CONTENT_LIMIT_SECONDS = 31 * 60;

/** As people read them. */
const STEPS = {
  queue: 'Wait for a free place',
  create: 'Start the machine',
  connect: 'Connect to it',
  clone: 'Clone the repository',
  init: 'Prepare the project',
  check: 'Check that it answers',
  stop: 'Stop what runs',
  remove: 'Remove the files',
} as const;

export interface OperationsDeps {
  readonly repository: WorkspacesRepository;
  readonly provider: WorkspaceProvider;
  readonly hub: AgentHub;
  readonly enrolmentTokens: EnrolmentTokens;
  /** Ends the agent's right to connect. */
  readonly revokeAgent: (workspaceId: string) => Promise<void>;
  readonly gate: Gate;
  readonly seedHooks: readonly SeedHook[];
  /** How workspaces reach the control plane, and the key that they pin. */
  readonly controlPlane: () => { readonly url: string; readonly serverKey: string };
  readonly log: (workspace: WorkspaceRow, level: LogLevel, text: string) => void;
  readonly onEnded: (workspaceId: string, cause: string) => void;
  readonly cloneIdleLimitMs?: number | undefined;
}

export type Operation = (workspace: WorkspaceRow, run: TransitionRun) => Promise<void>;

/** createOperations returns what the kinds of transitions do, step by step. */
export function createOperations(
  deps: OperationsDeps,
): Record<'start' | 'stop' | 'delete', Operation> {
  return {
    start: (workspace, run) => start(deps, workspace, run),

    async stop(workspace, run) {
      await run.step(STEPS.stop, () => end(deps, workspace.id));
    },

    async delete(workspace, run) {
      await run.step(STEPS.stop, () => end(deps, workspace.id));
      await run.step(STEPS.remove, async () => {
        await deps.revokeAgent(workspace.id);
        await deps.provider.delete(workspace.id);
      });
    },
  };
}

async function start(
  deps: OperationsDeps,
  workspace: WorkspaceRow,
  run: TransitionRun,
): Promise<void> {
  const { failed } = await connect(deps, workspace, run);
  if (workspace.providerState['seeded'] !== true)
    await Promise.race([seed(deps, workspace, run), failed]);
  await run.step(STEPS.check, () => Promise.race([checkAnswers(deps.hub, workspace.id), failed]));
}

/** Only so many workspaces start at once; those that only wait for a clone hold nobody up. */
async function connect(
  deps: OperationsDeps,
  workspace: WorkspaceRow,
  run: TransitionRun,
): Promise<{ failed: Promise<never> }> {
  const leave = await run.step(STEPS.queue, () => deps.gate.enter(run.signal));
  try {
    const { ended } = await run.step(STEPS.create, () => create(deps, workspace));
    const failed = ended.then((cause) => {
      throw new AppError('workspace_start_failed', cause);
    });
    failed.catch(() => undefined); // After the start it is `onEnded` that matters.
    await run.step(STEPS.connect, () =>
      Promise.race([whenOnline(deps.hub, workspace.id, run.signal), failed]),
    );
    return { failed };
  } finally {
    leave();
  }
}

async function checkAnswers(hub: AgentHub, workspaceId: string): Promise<void> {
  const { stream } = await hub.request(workspaceId, { method: 'files.list', path: '', limit: 1 });
  stream.reset('cancelled');
}

/** A promise in an object: awaiting `create` must not wait for the workspace's end. */
interface Created {
  readonly ended: Promise<string>;
}

async function create(deps: OperationsDeps, workspace: WorkspaceRow): Promise<Created> {
  const surroundings = await deps.repository.surroundings(workspace.id);
  const token = await deps.enrolmentTokens.create(workspace);
  await keepPortFree(deps.repository, deps.provider, workspace);
  deps.hub.disconnect(workspace.id, 'restarted');
  const { ended, state, warnings } = await deps.provider.start({
    workspaceId: workspace.id,
    name: workspace.name,
    owner: { name: surroundings?.ownerName ?? '', email: surroundings?.ownerEmail ?? '' },
    join: { ...deps.controlPlane(), token },
  });
  void ended.then((cause) => deps.onEnded(workspace.id, cause));
  await deps.repository.setProviderState(workspace.id, { state, warnings });
  return { ended };
}

/** Something else may have taken the app's port while the workspace was stopped. */
async function keepPortFree(
  repository: WorkspacesRepository,
  provider: WorkspaceProvider,
  workspace: WorkspaceRow,
): Promise<void> {
  await provider.stop(workspace.id, { graceMs: 0 });
  if (await isPortFree(workspace.appPort)) return;
  await repository.transaction(async (tx) => {
    await repository.setPort(workspace.id, await chooseAppPort(await repository.lockPorts(tx)), tx);
  });
}

async function seed(
  deps: OperationsDeps,
  workspace: WorkspaceRow,
  run: TransitionRun,
): Promise<void> {
  const { repositoryUrl = null } = (await deps.repository.surroundings(workspace.id)) ?? {};
  await run.extendDeadline(FIRST_CONTENT_LIMIT_SECONDS);
  await run.step(repositoryUrl === null ? STEPS.init : STEPS.clone, () =>
    provideFirstContent({
      agents: deps.hub,
      workspace,
      repositoryUrl,
      seedHooks: deps.seedHooks,
      correlationId: run.correlationId,
      signal: run.signal,
      onProgress: (line) => deps.log(workspace, 'info', line),
      cloneIdleLimitMs: deps.cloneIdleLimitMs,
    }),
  );
  await deps.repository.setProviderState(workspace.id, { state: { seeded: true } });
}

/** Asks the agent to end its processes in order, then ends what is left. */
export async function end(
  deps: Pick<OperationsDeps, 'hub' | 'provider'>,
  workspaceId: string,
): Promise<void> {
  const asked = deps.hub.isOnline(workspaceId);
  // It may be gone before its answer has left, or too busy to answer: it is ended the hard way then.
  await deps.hub
    .request(workspaceId, { method: 'shutdown' }, { timeoutMs: ASK_TIMEOUT_MS })
    .catch(() => undefined);
  await deps.provider.stop(workspaceId, { graceMs: asked ? STOP_GRACE_MS : 0 });
  deps.hub.disconnect(workspaceId, 'stopped');
}

export function whenOnline(hub: AgentHub, workspaceId: string, signal: AbortSignal): Promise<void> {
  let stopListening = () => {};
  const online = new Promise<void>((resolve) => {
    stopListening = hub.onPresence((change) => {
      if (change.online && change.session.workspaceId === workspaceId) resolve();
    });
    if (hub.isOnline(workspaceId)) resolve();
  });
  return unlessAborted(online, signal).finally(stopListening);
}
