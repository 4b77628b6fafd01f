import type { ChangeSet } from '@spt-flow/shared/api/change-sets';
import type { PageProof } from './turn-types.ts';

/** Why a change is not the end of the turn. */
export interface Failure {
  readonly change: ChangeSet;
  /** Set when the app answers, but its page reports errors. */
  readonly proof: PageProof | null;
}

/** failureFingerprint is equal for the same failure seen again: times, ids, ports and positions do not count. */
export function failureFingerprint({ change, proof }: Failure): string {
  const { outcome, reason, checks } = change;
  const failed = checks
    .filter((check) => !check.ok)
    .map((check) => `${check.name} ${check.detail}`);
  return [outcome, reason ?? '', ...failed, ...(proof?.problems ?? [])]
    .join('\n')
    .toLowerCase()
    .replace(/0x[0-9a-f]+|[0-9a-f]{8}-[0-9a-f-]{27}|\b[0-9a-f]{12,}\b/g, '#')
    .replace(/\d+/g, '#')
    .replace(/\s+/g, ' ')
    .trim();
}

const MAX_REASON_CHARACTERS = 4000;

const WHAT: Readonly<Record<ChangeSet['outcome'], string>> = {
  committed:
    'was applied and is kept, but the app does not work with it. It did not work before either',
  rejected: 'was rejected before anything was written',
  rolled_back: 'was applied, failed, and was rolled back',
};

/** failureReport tells the model why its change did not stay, or did not help. */
export function failureReport({ change, proof }: Failure): string {
  if (proof) return pageReport(proof);
  const failed = change.checks
    .filter((check) => !check.ok)
    .map((check) => `${check.name}: ${check.detail}`);
  const probe =
    change.probe && (change.probe.status ?? 500) >= 500
      ? [`Probe of ${change.probe.url}: ${change.probe.error ?? change.probe.status}`]
      : [];
  const where = change.outcome === 'committed' ? '' : ', but not on the machine';
  const lines = [change.reason ?? '', ...failed, ...probe].filter((line) => line !== '').join('\n');
  return `[spt-flow] The change ${WHAT[change.outcome]}.\n${lines.slice(0, MAX_REASON_CHARACTERS)}\nYour edits of this turn are still in your files${where}. Find the cause, correct it with the tools and call finish again. If you cannot, say so plainly without calling finish.`;
}

function pageReport({ problems }: PageProof): string {
  return `[spt-flow] The change was applied and is kept, and the app answers. But a browser that opened the page reported errors:\n${problems.join('\n').slice(0, MAX_REASON_CHARACTERS)}\nFind the cause, correct it with the tools and call finish again. If you cannot, say so plainly without calling finish.`;
}
