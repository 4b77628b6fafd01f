import type { ChangeSetReceipt } from '@spt-flow/shared/agent-protocol/change-set';
import type { FileContents } from './change-sets-repository.ts';

const NOTHING = {
  files: [],
  checks: [],
  probe: null,
  wasBroken: false,
  restored: true,
  durationMs: 0,
};

/** notSentReceipt is for a change set that the agent never took. */
export function notSentReceipt(id: string, reason: string): ChangeSetReceipt {
  return { ...NOTHING, id, outcome: 'rejected', reason, failedPhase: 'check' };
}

/** interruptedReceipt is for a change set of which the agent knows nothing: it was undone, or never arrived. */
export function interruptedReceipt(
  id: string,
  contents: readonly FileContents[],
): ChangeSetReceipt {
  const files = contents.map(({ path, before, after }) => ({
    path,
    change:
      after === null
        ? ('deleted' as const)
        : before === null
          ? ('created' as const)
          : ('updated' as const),
    before: null,
    after: null,
  }));
  return { ...NOTHING, id, files, outcome: 'rolled_back', reason: null, failedPhase: null };
}
