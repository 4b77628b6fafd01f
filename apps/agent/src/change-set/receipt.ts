import type { ChangeSetReceipt } from '@spt-flow/shared/agent-protocol/change-set';
import type { Journal, JournalEntry } from './journal.ts';
import type { Check } from './manifest.ts';

const MAX_REASON_LENGTH = 4_000;

interface Outcome {
  readonly id: string;
  readonly outcome: ChangeSetReceipt['outcome'];
  readonly reason: string | null;
  readonly failedPhase: ChangeSetReceipt['failedPhase'];
  readonly entries: readonly JournalEntry[];
  readonly checks: readonly Check[];
  readonly probe: ChangeSetReceipt['probe'];
  readonly restored: boolean;
  readonly durationMs: number;
  readonly crashedAfterMs?: number;
}

export function createReceipt({ entries, checks, reason, ...rest }: Outcome): ChangeSetReceipt {
  return {
    ...rest,
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
  readonly edited: readonly string[];
  readonly restored: boolean;
  readonly nowMs: number;
}

/** What became of a change set that the end of the agent or of the app interrupted. */
export function createRecoveredReceipt({
  journal,
  edited,
  restored,
  nowMs,
}: Recovered): ChangeSetReceipt {
  const outcome = outcomeOf(journal);
  const { crash } = journal;
  const undone = crash?.reason ?? 'The agent was interrupted, so the change set was undone';
  return createReceipt({
    id: journal.plan.id,
    outcome,
    reason: outcome === 'committed' ? null : `${undone}${keptNotice(edited)}`,
    failedPhase: crash ? 'probe' : null,
    ...(crash && { crashedAfterMs: crash.afterMs }),
    entries: journal.entries,
    checks: journal.checks,
    probe: null,
    restored,
    durationMs: Math.max(0, nowMs - journal.startedMs),
  });
}

/** How a change set that was interrupted ends. */
export function outcomeOf(journal: Journal): 'committed' | 'rolled_back' {
  return journal.state === 'committed' ? 'committed' : 'rolled_back';
}

/** Names files that somebody edited while the change set was in place. */
export function keptNotice(edited: readonly string[]): string {
  return edited.length === 0 ? '' : `\nEdited meanwhile, a copy is kept: ${edited.join(', ')}`;
}
