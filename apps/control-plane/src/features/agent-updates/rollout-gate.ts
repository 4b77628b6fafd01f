import type { ROLLOUT_MEMBER_STATES } from '@spt-flow/shared/api/agent-updates';

export type MemberState = (typeof ROLLOUT_MEMBER_STATES)[number];
export type Counts = Readonly<Record<MemberState, number>>;

export const NO_MEMBERS: Counts = {
  ...{ waiting: 0, updating: 0, trying: 0 },
  ...{ done: 0, failed: 0, unable: 0 },
};

export interface GateInput {
  /** Of each stage. */
  readonly counts: readonly Counts[];
  /** The last one that is open. */
  readonly stage: number;
  /** Percent of a stage. */
  readonly maxFailures: number;
  /** Agents that wait in open stages and are connected. */
  readonly reachable: number;
}

export type Decision =
  | { readonly kind: 'go on' }
  | { readonly kind: 'next' }
  | { readonly kind: 'complete' }
  | { readonly kind: 'halt'; readonly reason: string };

/**
 * judge is the gate between stages: too many failures stop everything at once; the next stage begins when all that can
 * be reached are decided and at least one has succeeded. Who is away holds up nobody, and comes later.
 */
export function judge({ counts, stage, maxFailures, reachable }: GateInput): Decision {
  for (const [index, { failed, ...rest }] of counts.slice(0, stage + 1).entries()) {
    const size = failed + Object.values(rest).reduce((sum, count) => sum + count, 0);
    if (failed * 100 > size * maxFailures)
      return { kind: 'halt', reason: `${failed} of ${size} failed in stage ${index + 1}` };
  }
  const open = counts[stage] ?? NO_MEMBERS;
  const underWay = counts.reduce((sum, { updating, trying }) => sum + updating + trying, 0);
  if (underWay > 0 || reachable > 0) return { kind: 'go on' };
  // Nobody of them was there yet: nothing is known of the version.
  if (open.done === 0 && open.waiting > 0) return { kind: 'go on' };
  return { kind: stage + 1 < counts.length ? 'next' : 'complete' };
}
