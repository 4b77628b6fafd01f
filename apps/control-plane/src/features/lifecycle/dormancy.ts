import { durationWords } from './signal-words.ts';

const DAY_MS = 86_400_000;
/** How long before its deletion the owner is warned, at most. */
const WARNING_MS = 3 * DAY_MS;

/** DormancyFacts are all that decides about a workspace that nobody uses. */
export interface DormancyFacts {
  readonly now: Date;
  /** It belongs to somebody else. */
  readonly isServer: boolean;
  readonly isRunning: boolean;
  /** Somebody asked to keep it running. */
  readonly keepUntil: Date | null;
  readonly unusedSince: Date;
  /** 0: never. */
  readonly dormantDays: number;
  /** After it became dormant; 0: never. */
  readonly deleteDays: number;
  readonly dormantSince: Date | null;
  /** The deletion that its owner was warned of. */
  readonly deletesAt: Date | null;
}

export interface DormancyDecision {
  /** `stop`: it runs, unused. `sleep`: it becomes dormant. `wake`: it is not dormant any more. `warn`: of its deletion. */
  readonly action: 'keep' | 'stop' | 'sleep' | 'wake' | 'warn' | 'delete';
  readonly reason: string;
  /** When it is deleted if nobody starts it; null: never, or not yet. */
  readonly deletesAt: Date | null;
}

/** decideDormancy says what becomes of a workspace without use. Nothing is deleted without a warning before. */
export function decideDormancy(facts: DormancyFacts): DormancyDecision {
  const { now, isServer, isRunning, dormantDays, dormantSince, unusedSince, keepUntil } = facts;
  const isKept = keepUntil !== null && keepUntil > now;
  if (dormantSince) {
    if (isRunning) return decision('wake', 'It was started');
    if (dormantDays === 0)
      return decision('wake', 'Workspaces do not become dormant here any more');
    return decideDeletion(facts, dormantSince);
  }
  const isDue = now.getTime() - unusedSince.getTime() >= dormantDays * DAY_MS;
  if (isServer || isKept || dormantDays === 0 || !isDue) return decision('keep', 'It is in use');
  return decision(isRunning ? 'stop' : 'sleep', `Nobody used it for ${age(unusedSince, now)}`);
}

function decideDeletion(facts: DormancyFacts, dormantSince: Date): DormancyDecision {
  const { now, deleteDays, deletesAt } = facts;
  const reason = `Nobody started it for ${age(dormantSince, now)} since it became dormant`;
  if (deleteDays === 0) return decision('keep', reason);
  const spanMs = deleteDays * DAY_MS;
  const warningMs = Math.min(WARNING_MS, spanMs / 2);
  const due = new Date(dormantSince.getTime() + spanMs);
  if (now.getTime() < due.getTime() - warningMs) return decision('keep', reason);
  if (!deletesAt) return decision('warn', reason, later(due, new Date(now.getTime() + warningMs)));
  const promised = later(due, deletesAt);
  return decision(now >= promised ? 'delete' : 'keep', reason, promised);
}

function decision(
  action: DormancyDecision['action'],
  reason: string,
  deletesAt: Date | null = null,
): DormancyDecision {
  return { action, reason, deletesAt };
}

function age(since: Date, now: Date): string {
  return durationWords(Math.floor((now.getTime() - since.getTime()) / 60_000));
}

function later(one: Date, other: Date): Date {
  return other > one ? other : one;
}
