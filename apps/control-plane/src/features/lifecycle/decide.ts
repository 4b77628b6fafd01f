import type { Verdict } from '@spt-flow/shared/api/lifecycle';
import { ACTIVITY_NAMES } from '@spt-flow/shared/domain/activity';
import { diskLevelOf, diskWords, type DiskUse } from '../workspaces/index.ts';
import type { ScheduleMoments } from './schedule-moments.ts';
import { ageOf, durationWords, latestOf, signalWords, type Activity } from './signal-words.ts';

const MINUTE_MS = 60_000;
/** How long before a stop its users are warned, at most. */
const WARNING_MS = 10 * MINUTE_MS;

/** Facts are all that decides whether a running workspace goes on. */
export interface Facts {
  readonly now: Date;
  readonly runningSince: Date;
  /** It belongs to somebody else, who turns it on and off. */
  readonly isServer: boolean;
  readonly activity: Activity;
  /** 0: never. */
  readonly idleMinutes: number;
  readonly schedule: ScheduleMoments | null;
  readonly scheduleSetAt: Date | null;
  readonly keepUntil: Date | null;
  /** Null: not measured. */
  readonly disk: DiskUse | null;
  /** The stop that its users were warned of. */
  readonly warnedOf: Date | null;
}

export interface Decision {
  readonly action: Exclude<Verdict['action'], 'off'>;
  readonly rule: Verdict['rule'];
  readonly reason: string;
  readonly stopsAt: Date | null;
}

/** Due is when a rule wants it stopped, and why. */
interface Due {
  readonly rule: 'disk' | 'schedule' | 'idle';
  readonly at: Date;
  readonly warningMs: number;
  readonly keepReason: string;
  readonly stopReason: string;
}

/**
 * decide says whether a running workspace goes on: a full disk goes before an override, that before the schedule, the
 * schedule before idleness.
 * Nothing stops without a warning before, however late it is noticed that it is due.
 */
export function decide(facts: Facts): Decision {
  if (facts.isServer)
    return keep('server', 'It is a server of your own: spt-flow never stops it by itself', null);
  const full = diskDue(facts);
  if (full) return warnOrStop(facts, full, full.at);
  const due = dueOf(facts);
  const override = overrideOf(facts);
  if (!due) return override ?? keep('idle', 'It has no idle stop and no schedule', null);
  const stopsAt = latest(due.at, facts.keepUntil);
  const warningStarts = stopsAt.getTime() - due.warningMs;
  if (facts.now.getTime() < warningStarts)
    return override ? { ...override, stopsAt } : keep(due.rule, due.keepReason, stopsAt);
  return warnOrStop(facts, due, stopsAt);
}

function warnOrStop({ now, warnedOf }: Facts, due: Due, stopsAt: Date): Decision {
  const { rule, stopReason: reason } = due;
  if (!warnedOf) {
    const grace = new Date(now.getTime() + due.warningMs);
    return { action: 'warn', rule, reason, stopsAt: latest(stopsAt, grace) };
  }
  const promised = latest(stopsAt, warnedOf);
  return { action: now >= promised ? 'stop' : 'warn', rule, reason, stopsAt: promised };
}

function overrideOf({ now, keepUntil }: Facts): Decision | undefined {
  if (!keepUntil || keepUntil <= now) return undefined;
  const minutes = Math.ceil((keepUntil.getTime() - now.getTime()) / MINUTE_MS);
  return keep(
    'override',
    `Somebody asked to keep it running for ${durationWords(minutes)} more`,
    null,
  );
}

function keep(rule: Decision['rule'], reason: string, stopsAt: Date | null): Decision {
  return { action: 'keep', rule, reason, stopsAt };
}

function dueOf(facts: Facts): Due | undefined {
  const { schedule, runningSince, scheduleSetAt } = facts;
  const idle = idleDue(facts);
  if (!schedule) return idle;
  // Started by hand after the stop it stays: what was due before it ran, or before it was decided, is past.
  const { lastStop, nextStart, nextStop, openUntil } = schedule;
  if (lastStop && lastStop > latest(runningSince, scheduleSetAt)) return scheduleDue(lastStop);
  if (openUntil) return scheduleDue(openUntil);
  // Its hours begin before it would be idle.
  const keptUntil = nextStart && nextStop && nextStart < nextStop ? nextStart : nextStop;
  if (!nextStop || !keptUntil || (idle && idle.at < keptUntil)) return idle;
  return scheduleDue(nextStop);
}

/** Whoever starts it again has time to make room. */
function diskDue({ disk, runningSince }: Facts): Due | undefined {
  const level = diskLevelOf(disk);
  if (level === 'ok' || level === 'over') return undefined;
  const reason = diskWords(disk) ?? '';
  return {
    ...{ rule: 'disk', keepReason: reason, stopReason: reason },
    at: new Date(runningSince.getTime() + WARNING_MS),
    warningMs: level === 'runaway' ? MINUTE_MS : WARNING_MS,
  };
}

function scheduleDue(at: Date): Due {
  return {
    ...{ rule: 'schedule', at, warningMs: WARNING_MS },
    keepReason: 'Its schedule keeps it running',
    stopReason: 'Its schedule stops it',
  };
}

function idleDue({ now, runningSince, activity, idleMinutes }: Facts): Due | undefined {
  if (idleMinutes === 0) return undefined;
  const last = latestOf(activity);
  const isUsed = last !== undefined && last.at > runningSince;
  const usedAt = isUsed ? last.at : runningSince;
  const idleMs = idleMinutes * MINUTE_MS;
  const policy = `it stops after ${durationWords(idleMinutes)} without use`;
  return {
    rule: 'idle',
    at: new Date(usedAt.getTime() + idleMs),
    warningMs: Math.min(WARNING_MS, idleMs / 3),
    keepReason: isUsed
      ? `Last used by ${ACTIVITY_NAMES[last.source]} ${ageOf(last.at, now)} ago; ${policy}`
      : `It started ${ageOf(runningSince, now)} ago; ${policy}`,
    stopReason: `Nobody used it for ${ageOf(usedAt, now)} (${signalWords(activity, now)})`,
  };
}

function latest(one: Date, other: Date | null): Date {
  return other && other > one ? other : one;
}
