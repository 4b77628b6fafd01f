import { CloneOptionsSchema } from '@spt-flow/shared/domain/clone-options';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { AgentHub } from '../../agents/index.ts';
import { adopt } from './adopt.ts';
import { applyDotfiles } from './apply-dotfiles.ts';
import { isEmptyProject, provideFirstContent } from './first-content.ts';
import { furnish } from './furnish.ts';
import { launch, reportOf } from './launch.ts';
import { meet } from './meet.ts';
import type { OperationsDeps } from './operations-deps.ts';
import { STEPS } from './steps.ts';
import type { Operation, TransitionRun } from '../transitions/index.ts';
import { askedBySystem, startPlanOf } from '../policy/index.ts';
import type { WorkspaceReport } from '../../providers/index.ts';
import { runStartScript } from './start-script.ts';
import type { WorkspaceRow } from '../workspaces-repository.ts';

/** How long processes may take to end by themselves. */
const STOP_GRACE_MS = 3_000;
const ASK_TIMEOUT_MS = 2_000;
/** A clone shows progress and ends itself when there is none: see `cloneRepository`. */
const FIRST_CONTENT_LIMIT_SECONDS = 31 * 60;

/** createOperations returns what the kinds of transitions do, step by step. */
export function createOperations(
  deps: OperationsDeps,
): Record<'start' | 'stop' | 'delete', Operation> {
  return {
    start: (workspace, run) => start(deps, workspace, run),

    async stop(workspace, run) {
      const report = reportOf(deps, { workspace, run, step: STEPS.stop });
      await run.step(STEPS.stop, () => end(deps, workspace, report));
    },

    async delete(workspace, run) {
      const { ownsMachine, isElsewhere } = deps.providers.of(workspace);
      // Who has a machine elsewhere removes it whether it runs or not.
      if (ownsMachine && !isElsewhere) await run.step(STEPS.stop, () => end(deps, workspace));
      const step = ownsMachine ? STEPS.remove : STEPS.uninstall;
      const report = reportOf(deps, { workspace, run, step });
      await run.step(step, () => remove(deps, workspace, report));
    },
  };
}

async function start(
  deps: OperationsDeps,
  workspace: WorkspaceRow,
  run: TransitionRun,
): Promise<void> {
  // Whoever copied them was killed, or still copies.
  if (workspace.providerState['awaitsFiles'] === true) throw new AppError('copy_unfinished');
  // A rule may have become stricter since somebody asked for it.
  await deps.permit(startPlanOf(workspace), askedBySystem(workspace.id, run));
  const { ownsMachine } = deps.providers.of(workspace);
  const adopted = await adopt(deps, workspace, run);
  const started = adopted?.started ?? (await (ownsMachine ? launch : meet)(deps, workspace, run));
  const delivered = deliverSecrets(deps, workspace);
  const connected = (await deps.repository.get(workspace.id)) ?? workspace;
  if (connected.providerState['seeded'] !== true) {
    await delivered;
    await Promise.race([seed(deps, connected, run), started.failed]);
  }
  const { failed } = await furnish(deps, { workspace: connected, run, started, delivered });
  await Promise.race([applyDotfiles(deps, workspace, run), failed]);
  if (!adopted?.isAsMade) await Promise.race([runStartScript(deps, workspace, run), failed]);
  await run.step(STEPS.check, () => Promise.race([checkAnswers(deps.hub, workspace.id), failed]));
  if (workspace.nextStart !== null) await deps.repository.clearNextStart(workspace.id);
}

/** A workspace without its secrets is of more use than none: it gets them later, and its log says so. */
async function deliverSecrets(deps: OperationsDeps, workspace: WorkspaceRow): Promise<void> {
  await deps.deliverSecrets?.(workspace.id).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    deps.log(workspace, 'warn', `The workspace starts without its newest secrets: ${reason}`);
  });
}

/** Asks for what costs the agent nothing, however many files there are. */
async function checkAnswers(hub: AgentHub, workspaceId: string): Promise<void> {
  try {
    const { stream } = await hub.request(workspaceId, { method: 'secrets.state' });
    stream.reset('cancelled');
  } catch (error) {
    // An older agent answers as well that it has no such thing.
    const isAnswer = error instanceof AppError && error.code === 'not_implemented_by_agent';
    if (!isAnswer) throw error;
  }
}

async function seed(
  deps: OperationsDeps,
  workspace: WorkspaceRow,
  run: TransitionRun,
): Promise<void> {
  const found = await deps.repository.surroundings(workspace.id);
  const { repositoryUrl = null } = found ?? {};
  const tellsPath = repositoryUrl !== null && (await deps.tellsPath?.(workspace.id, repositoryUrl));
  await run.extendDeadline(FIRST_CONTENT_LIMIT_SECONDS);
  await run.step(repositoryUrl === null ? STEPS.init : STEPS.clone, async () => {
    const options = {
      agents: deps.hub,
      workspace,
      repositoryUrl,
      clone: CloneOptionsSchema.parse(found?.cloneOptions ?? {}),
      tellsPath: tellsPath ?? false,
      seedHooks: deps.seedHooks,
      correlationId: run.correlationId,
      signal: run.signal,
      onProgress(line: string) {
        deps.log(workspace, 'info', line);
        const [, words] = /^((?:remote: )?[A-Z][a-z ]+: +\d+%)/.exec(line) ?? [];
        if (words !== undefined) run.rename(`${STEPS.clone} (${words.replace(/: +/g, ' ')})`);
      },
      onWarning: (text: string) => deps.log(workspace, 'warn', text),
      cloneIdleLimitMs: deps.cloneIdleLimitMs,
    };
    if (await mayFill(deps, workspace, () => isEmptyProject(options)))
      await provideFirstContent(options);
    else deps.log(workspace, 'info', 'The project directory has files already: they stay');
  });
  await deps.repository.setProviderState(workspace.id, { state: { seeded: true } });
}

/** On another machine only what we began to fill may be filled anew: filling begins with an empty directory. */
async function mayFill(
  { providers, repository }: OperationsDeps,
  workspace: WorkspaceRow,
  isEmpty: () => Promise<boolean>,
): Promise<boolean> {
  const { ownsMachine, isElsewhere } = providers.of(workspace);
  if ((ownsMachine && !isElsewhere) || workspace.providerState['filling'] === true) return true;
  if (!(await isEmpty())) return false;
  await repository.setProviderState(workspace.id, { state: { filling: true } });
  return true;
}

/** The right to connect ends even where the machine can't be asked to clean up. */
async function remove(
  deps: OperationsDeps,
  workspace: WorkspaceRow,
  report: WorkspaceReport,
): Promise<void> {
  try {
    await deps.providers.of(workspace).delete(workspace.id, report);
  } finally {
    await deps.revokeAgent(workspace.id);
  }
}

/** Asks the agent to end its processes in order, then ends what is left. */
export async function end(
  { hub, providers }: Pick<OperationsDeps, 'hub' | 'providers'>,
  workspace: WorkspaceRow,
  report?: WorkspaceReport,
): Promise<void> {
  const provider = providers.of(workspace);
  if (!provider.ownsMachine) return provider.stop(workspace.id, { graceMs: STOP_GRACE_MS });
  const asked = hub.isOnline(workspace.id);
  // It may be gone before its answer has left, or too busy to answer: it is ended the hard way then.
  await hub
    .request(workspace.id, { method: 'shutdown' }, { timeoutMs: ASK_TIMEOUT_MS })
    .catch(() => undefined);
  const graceMs = asked ? STOP_GRACE_MS : 0;
  await provider.stop(workspace.id, { graceMs, ...(report && { report }) });
  hub.disconnect(workspace.id, 'stopped');
}
