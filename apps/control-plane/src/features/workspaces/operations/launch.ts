import { AppError } from '@spt-flow/shared/domain/errors';
import { DEADLINE_SECONDS } from '@spt-flow/shared/domain/workspace-state';
import { within } from '../../../lib/abort.ts';
import {
  assertFit,
  type StartedWorkspace,
  type WorkspaceReport,
  type WorkspaceSpec,
} from '../../providers/index.ts';
import { chooseAppPort, isPortFree } from './app-ports.ts';
import type { GateGuest } from './gate.ts';
import type { Connected, OperationsDeps } from './operations-deps.ts';
import { STEPS } from './steps.ts';
import { askedBySystem, settingsOf, startPlanOf } from '../policy/index.ts';
import { revisionOf } from '../revision.ts';
import type { TransitionRun } from '../transitions/index.ts';
import { whenOnline } from './when-online.ts';
import type { WorkspaceRow } from '../workspaces-repository.ts';

/** Who did not start in time may not answer either. */
const INSPECT_LIMIT_MS = 5_000;
const PULL_LIMIT_SECONDS = 6 * 3_600;
/** A provider's own limit ends a start first, with better words. */
const SPARE_SECONDS = 30;

/** launch starts a machine of our own. Only so many start at once; those that only wait for a clone hold nobody up. */
export async function launch(
  deps: OperationsDeps,
  workspace: WorkspaceRow,
  run: TransitionRun,
): Promise<Connected> {
  assertFit(deps.providers.of(workspace), settingsOf(workspace));
  const guest: GateGuest = {
    ownerId: workspace.ownerId,
    isBackground: () => run.isBackground,
    onPosition(position) {
      // Nobody looks, and after a restart there may be thousands.
      if (!run.isBackground) run.rename(`${STEPS.queue} (${ordinal(position)})`);
    },
  };
  const leave = await run.step(STEPS.queue, () =>
    run.inLine(() => deps.gate.enter(guest, run.signal)),
  );
  try {
    await fetchImage(deps, workspace, run);
    const { ended, container } = await createInTime(deps, workspace, run);
    const failed = ended.then((cause) => {
      throw new AppError('workspace_start_failed', cause);
    });
    failed.catch(() => undefined); // After the start it is `onEnded` that matters.
    try {
      await run.step(STEPS.connect, () =>
        Promise.race([whenOnline(deps.hub, workspace.id, run.signal), failed]),
      );
    } catch (error) {
      throw isLate(run.signal, error) ? await explainAbsence(deps, workspace, error) : error;
    }
    return { failed, container };
  } finally {
    leave();
  }
}

/** A pull shows its own progress and ends itself without any: the deadline of the start begins after it. */
async function fetchImage(
  { providers }: OperationsDeps,
  workspace: WorkspaceRow,
  run: TransitionRun,
): Promise<void> {
  const provider = providers.of(workspace);
  const image = await provider.missingImage?.(settingsOf(workspace));
  if (image === undefined) return;
  await run.extendDeadline(PULL_LIMIT_SECONDS);
  await run.step(STEPS.image, async () =>
    provider.pullImage?.(image, {
      signal: run.signal,
      onProgress: (words) => run.rename(`${STEPS.image} (${words})`),
    }),
  );
  await run.extendDeadline(DEADLINE_SECONDS.start);
}

/** A provider that fetches images itself gets the time for it; the agent has the usual one. */
async function createInTime(deps: OperationsDeps, workspace: WorkspaceRow, run: TransitionRun) {
  const { startSeconds } = deps.providers.of(workspace);
  if (startSeconds !== undefined) await run.extendDeadline(startSeconds + SPARE_SECONDS);
  const created = await run.step(STEPS.create, () => create(deps, workspace, run));
  if (startSeconds !== undefined) await run.extendDeadline(DEADLINE_SECONDS.start);
  return created;
}

function ordinal(position: number): string {
  const isTeen = position % 100 >= 11 && position % 100 <= 13;
  const suffix = isTeen ? 'th' : (['th', 'st', 'nd', 'rd'][position % 10] ?? 'th');
  return `${position}${suffix}`;
}

/** The deadline passed; whoever cancelled it gave another reason. */
function isLate(signal: AbortSignal, error: unknown): error is AppError {
  const isReason = signal.aborted && signal.reason === error;
  return isReason && error instanceof AppError && error.code === 'workspace_start_failed';
}

/** A start that ran out of time says what is known of the agent that did not come. */
async function explainAbsence(
  { providers }: OperationsDeps,
  workspace: WorkspaceRow,
  error: AppError,
): Promise<AppError> {
  const provider = providers.of(workspace);
  const state = await within(INSPECT_LIMIT_MS, provider.inspect(workspace.id)).catch(
    () => 'unknown',
  );
  const runs = state === 'running' || state === 'away';
  const machine = runs ? 'The machine runs' : 'The machine does not run';
  const lines = provider.logs(workspace.id).slice(-5);
  const words = lines.length > 0 ? `its last lines: ${lines.join(' | ')}` : 'it wrote nothing';
  return new AppError(
    'workspace_start_failed',
    `${error.message}: the agent did not connect. ${machine}; ${words}`,
    { cause: error },
  );
}

async function create(
  deps: OperationsDeps,
  workspace: WorkspaceRow,
  run: TransitionRun,
): Promise<Pick<StartedWorkspace, 'ended'> & Pick<WorkspaceSpec, 'container'>> {
  const report = reportOf(deps, { workspace, run, step: STEPS.create });
  const isHere = !deps.providers.of(workspace).isElsewhere;
  const [spec] = await Promise.all([
    specOf(deps, workspace, report),
    isHere && keepPortFree(deps, workspace),
  ]);
  deps.hub.disconnect(workspace.id, 'restarted');
  const { container } = spec;
  // What the repository asks for is known only now.
  if (container)
    await deps.permit({ ...startPlanOf(workspace), container }, askedBySystem(workspace.id, run));
  const { ended, state, warnings } = await deps.providers
    .of(workspace)
    .start(spec, run.signal, (words) => run.rename(`${STEPS.create} (${words})`));
  void ended.then((cause) => deps.onEnded(workspace.id, cause));
  await deps.repository.setProviderState(workspace.id, { state, warnings });
  return { ended, container };
}

/** reportOf tells people in the log, and beside the running step. */
export function reportOf(
  { log }: Pick<OperationsDeps, 'log'>,
  { workspace, run, step }: { workspace: WorkspaceRow; run: TransitionRun; step: string },
): WorkspaceReport {
  return {
    log: (level, text) => log(workspace, level, text),
    progress: (words) => run.rename(`${step} (${words})`),
  };
}

/** specOf says what a provider must know of a workspace. */
export async function specOf(
  deps: Pick<
    OperationsDeps,
    'repository' | 'controlPlane' | 'enrolmentTokens' | 'furnishing' | 'variables'
  >,
  workspace: WorkspaceRow,
  report: WorkspaceReport,
): Promise<WorkspaceSpec> {
  const [surroundings, container] = await Promise.all([
    deps.repository.surroundings(workspace.id),
    deps.furnishing?.containerOf(workspace),
  ]);
  const settings = settingsOf(workspace);
  return {
    workspaceId: workspace.id,
    projectId: workspace.projectId,
    name: workspace.name,
    settings: { ...settings, environment: { ...deps.variables, ...settings.environment } },
    revision: revisionOf(workspace),
    container: container ?? null,
    owner: { name: surroundings?.ownerName ?? '', email: surroundings?.ownerEmail ?? '' },
    report,
    join: async () => {
      // These agents don't leave this machine, and so need no TLS: there is no channel that anybody else could end.
      const isHere = ['local', 'docker'].includes(workspace.provider) && workspace.hostId === null;
      const terms = isHere ? { channelBinding: 'none' as const } : {};
      const { token } = await deps.enrolmentTokens.create(workspace, terms);
      return { ...deps.controlPlane(), token };
    },
  };
}

/** Something else may have taken the app's port while the workspace was stopped. */
async function keepPortFree(
  { repository, providers }: OperationsDeps,
  workspace: WorkspaceRow,
): Promise<void> {
  await providers.of(workspace).stop(workspace.id, { graceMs: 0 });
  if (await isPortFree(workspace.appPort)) return;
  await repository.transaction(async (tx) => {
    await repository.setPort(workspace.id, await chooseAppPort(await repository.lockPorts(tx)), tx);
  });
}
