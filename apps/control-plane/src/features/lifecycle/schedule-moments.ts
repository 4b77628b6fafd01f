import type { Schedule } from '@spt-flow/shared/domain/schedule';
import { addDays, dateAt, instantAt, weekdayOf } from './zoned-time.ts';

/** Holidays of a whole year may lie between two days of a schedule. */
const MAX_DAYS = 366;

/** ScheduleMoments is what a schedule says at some instant. */
export interface ScheduleMoments {
  readonly lastStart: Date | null;
  readonly nextStart: Date | null;
  readonly lastStop: Date | null;
  readonly nextStop: Date | null;
  /** Until when it is to run, between a start and its stop. */
  readonly openUntil: Date | null;
}

interface ScheduledDay {
  readonly start: Date | null;
  readonly stop: Date | null;
}

/** momentsOf finds the starts and stops around an instant. */
export function momentsOf(schedule: Schedule, now: Date): ScheduleMoments {
  // The stop of a night shift belongs to the day before; a clock far away may be a day ahead.
  const today = dateAt(now, schedule.timeZone);
  const past = (at: Date | null) => at !== null && at <= now;
  const coming = (at: Date | null) => at !== null && at > now;
  const find = (direction: 1 | -1, kind: 'start' | 'stop') => {
    for (const day of daysFrom(schedule, addDays(today, -direction), direction))
      if ((direction === 1 ? coming : past)(day[kind])) return day[kind];
    return null;
  };
  return {
    lastStart: find(-1, 'start'),
    nextStart: find(1, 'start'),
    lastStop: find(-1, 'stop'),
    nextStop: find(1, 'stop'),
    openUntil: openUntil(schedule, now),
  };
}

/** isWithin: the instant lies between a start of the schedule and its stop. */
export function isWithin(schedule: Schedule, now: Date): boolean {
  return openUntil(schedule, now) !== null;
}

function openUntil(schedule: Schedule, now: Date): Date | null {
  const today = dateAt(now, schedule.timeZone);
  for (const day of daysFrom(schedule, addDays(today, 1), -1)) {
    if (day.start === null || day.stop === null) return null;
    if (day.start <= now) return day.stop > now ? day.stop : null;
  }
  return null;
}

function* daysFrom(schedule: Schedule, first: string, step: 1 | -1): Generator<ScheduledDay> {
  for (let days = 0; days < MAX_DAYS; days += 1) {
    const date = addDays(first, days * step);
    if (schedule.weekdays.includes(weekdayOf(date)) && !schedule.holidays.includes(date))
      yield dayOf(schedule, date);
  }
}

function dayOf({ start, stop, timeZone }: Schedule, date: string): ScheduledDay {
  const isOvernight = start !== null && stop !== null && stop <= start;
  return {
    start: start === null ? null : instantAt(date, start, timeZone),
    stop: stop === null ? null : instantAt(addDays(date, isOvernight ? 1 : 0), stop, timeZone),
  };
}
