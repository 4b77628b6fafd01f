import {
  CHANGE_SET_PHASES,
  type ChangeSetProgress,
} from '@spt-flow/shared/agent-protocol/change-set';
import type { ChangeSet, Edit } from '@spt-flow/shared/api/change-sets';
import type { TurnRun } from './turn-run.ts';

const LABELS: Readonly<Record<ChangeSetProgress['phase'], string>> = {
  check: 'Checking the files',
  write: 'Saving the files',
  build: 'Putting it together',
  restart: 'Starting',
  probe: 'Checking the app',
  commit: 'Keeping the change',
  rollback: 'Putting the old version back',
};

/** Phases of a change that works, in their order. */
const WAY = CHANGE_SET_PHASES.filter((phase) => phase !== 'rollback');

/** From 0 to 1; undefined for what leads back. */
function progressAt(phase: ChangeSetProgress['phase']): number | undefined {
  return phase === 'rollback' ? undefined : WAY.indexOf(phase) / WAY.length;
}

/** applyTurn hands the edits over as one change and shows its phases as steps. */
export async function applyTurn(
  run: TurnRun,
  edits: readonly Edit[],
  summary: string,
): Promise<ChangeSet> {
  const attempt = run.steps.all.length;
  const idOf = (phase: string): string => `apply-${attempt}-${phase}`;

  function onProgress({ phase, state, detail, durationMs }: ChangeSetProgress): void {
    run.steps.start(idOf(phase), LABELS[phase], progressAt(phase));
    if (state !== 'running')
      run.steps.end(idOf(phase), { ok: state === 'done', detail, durationMs });
  }

  const change = await run.input.applyChange({ edits, summary, onProgress });
  if (change.probe) {
    const { status, durationMs, error } = change.probe;
    const seen =
      status === null
        ? `Checking: ${error ?? 'no answer'}`
        : `Checking: ${status} in ${Math.round(durationMs)} ms`;
    run.steps.relabel(idOf('probe'), {
      ok: change.outcome === 'committed' && error === null,
      label: seen,
      durationMs,
    });
  }
  return change;
}
