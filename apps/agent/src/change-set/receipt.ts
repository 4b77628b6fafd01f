import type { ChangeSetReceipt } from '@spt-flow/shared/agent-protocol/change-set';
import type { Journal, JournalEntry } from './journal.ts';
import type { Check } from './manifest.ts';
import type { Undone } from './undo.ts';

const MAX_REASON_LENGTH = 4_000;

export interface Outcome extends Pick<
  ChangeSetReceipt,
  'id' | 'outcome' | 'reason' | 'failedPhase' | 'restored' | 'durationMs' | 'lateFailure'
> {
  readonly entries: readonly JournalEntry[];
  readonly checks: readonly Check[];
  readonly probe?: ChangeSetReceipt['probe'];
  readonly wasBroken?: boolean;
}

export function createReceipt({
  entries,
  checks,
  reason,
  probe = null,
  wasBroken = false,
  ...rest
}: Outcome): ChangeSetReceipt {
  return {
    ...rest,
    probe,
    wasBroken,
    reason: reason && reason.slice(0, MAX_REASON_LENGTH),
    checks: [...checks],
    files: entries.map(describeFile),
  };
}

function describeFile(entry: JournalEntry): ChangeSetReceipt['files'][number] {
  const before = entry.old?.sha256 ?? null;
  const after = entry.after?.sha256 ?? null;
  return {
    path: entry.path,
    change: after === null ? 'deleted' : before === null ? 'created' : 'updated',
    before,
    after,
  };
}

interface Recovered {
  readonly journal: Journal;
  readonly undone: Undone;
  readonly restored: boolean;
  readonly nowMs: number;
}

/** What became of a change set that the end of the agent or a failure of the app interrupted. */
export function createRecoveredReceipt({
  journal,
  undone,
  restored,
  nowMs,
}: Recovered): ChangeSetReceipt {
  const outcome = outcomeOf(journal);
  const { late } = journal;
  const why = late?.reason ?? 'The agent was interrupted, so the change set was undone';
  return createReceipt({
    id: journal.plan.id,
    outcome,
    reason: outcome === 'committed' ? null : why + undoneNotice(undone),
    failedPhase: late ? 'probe' : null,
    ...(late && { lateFailure: late.failure, probe: late.probe }),
    entries: journal.entries,
    checks: journal.checks,
    restored,
    wasBroken: journal.wasBroken,
    durationMs: Math.max(0, nowMs - journal.startedMs),
  });
}

/** How a change set that was interrupted ends. */
export function outcomeOf(journal: Journal): 'committed' | 'rolled_back' {
  return journal.state === 'committed' ? 'committed' : 'rolled_back';
}

/** Names what somebody put in place of the change set's files while it was being made. */
export function undoneNotice({ edited, blocked }: Undone): string {
  const notices = [
    edited.length > 0 && `Edited meanwhile, a copy is kept: ${edited.join(', ')}`,
    blocked.length > 0 && `Not brought back, since something else is there: ${blocked.join(', ')}`,
  ];
  return notices.map((notice) => (notice === false ? '' : `\n${notice}`)).join('');
}
