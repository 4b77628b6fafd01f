import { AppError } from '@spt-flow/shared/domain/errors';
import { reportOf, specOf } from './launch.ts';
import type { Connected, OperationsDeps } from './operations-deps.ts';
import { STEPS } from './steps.ts';
import type { TransitionRun } from '../transitions/index.ts';
import { whenOnline } from './when-online.ts';
import type { WorkspaceRow } from '../workspaces-repository.ts';

/** Longer than the longest pause between two attempts of an agent to connect. */
const MEET_LIMIT_MS = 45_000;
/** The wait ends by itself, with its own words; the transition's deadline only has to come later. */
const SPARE_SECONDS = 30;
const NOBODY_JOINED = 'No server has joined, and the join command has expired';

/** meet waits for a machine that somebody else turns on, and tells its agent to work. */
export async function meet(
  deps: OperationsDeps,
  workspace: WorkspaceRow,
  run: TransitionRun,
): Promise<Connected> {
  const { limitMs, otherwise } = await patienceFor(deps, workspace);
  await run.extendDeadline(limitMs / 1000 + SPARE_SECONDS);
  await run.step(STEPS.meet, async () => {
    const patience = AbortSignal.timeout(limitMs);
    try {
      await startOnceOnline(deps, {
        workspace,
        run,
        signal: AbortSignal.any([run.signal, patience]),
      });
    } catch (cause) {
      if (run.signal.aborted || !patience.aborted) throw cause;
      throw new AppError('server_absent', otherwise, { cause });
    }
  });
  return { failed: new Promise<never>(() => undefined), container: null };
}

interface Patience {
  readonly limitMs: number;
  /** What to say when the server has not come by then. */
  readonly otherwise: string | undefined;
}

/** Somebody has to carry a join command to a new server; one that has joined only has to connect. */
async function patienceFor(deps: OperationsDeps, workspace: WorkspaceRow): Promise<Patience> {
  const openUntil = await deps.enrolmentTokens.openUntil(workspace.id);
  if (openUntil) {
    const limitMs = openUntil.getTime() - deps.clock.now().getTime();
    return { limitMs, otherwise: NOBODY_JOINED };
  }
  const surroundings = await deps.repository.surroundings(workspace.id);
  if (surroundings?.agent)
    return { limitMs: deps.meetLimitMs ?? MEET_LIMIT_MS, otherwise: undefined };
  throw new AppError('server_absent', NOBODY_JOINED);
}

interface Meeting {
  readonly workspace: WorkspaceRow;
  readonly run: TransitionRun;
  readonly signal: AbortSignal;
}

/** An agent connects for a moment when it joins, and again when it is started as a service. */
async function startOnceOnline(
  deps: OperationsDeps,
  { workspace, run, signal }: Meeting,
): Promise<void> {
  const report = reportOf(deps, { workspace, run, step: STEPS.meet });
  const provider = deps.providers.of(workspace);
  for (;;) {
    await whenOnline(deps.hub, workspace.id, signal);
    try {
      const { state, warnings } = await provider.start(
        await specOf(deps, workspace, report),
        signal,
      );
      const isKnown = state['agentId'] === workspace.providerState['agentId'];
      // Nothing of ours is on another machine yet.
      const content = isKnown ? {} : { seeded: false, filling: false };
      return await deps.repository.setProviderState(workspace.id, {
        state: { ...state, ...content },
        warnings,
      });
    } catch (error) {
      const isGone = error instanceof AppError && error.code === 'agent_offline';
      if (!isGone || deps.hub.isOnline(workspace.id)) throw error;
    }
  }
}
