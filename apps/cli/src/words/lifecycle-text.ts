import type { Lifecycle } from '@spt-flow/shared/api/lifecycle';
import { ACTIVITY_NAMES } from '@spt-flow/shared/domain/activity';
import type { Schedule } from '@spt-flow/shared/domain/schedule';
import { plain, table } from '../core/text.ts';

export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** describeLifecycle says why a workspace runs or does not, and what happens next. */
export function describeLifecycle(lifecycle: Lifecycle): string {
  const { verdict, lastStop, keepUntil } = lifecycle;
  const rows = [
    ['Now', plain(verdict.reason)],
    ['Stops', verdict.stopsAt === null ? 'not by itself' : describeInstant(verdict.stopsAt)],
    ...(verdict.startsAt === null ? [] : [['Starts', describeInstant(verdict.startsAt)]]),
    ...(keepUntil === null ? [] : [['Kept until', describeInstant(keepUntil)]]),
    ['Idle time', describeIdle(lifecycle)],
    ['Schedule', lifecycle.schedule === null ? 'none' : describeSchedule(lifecycle.schedule)],
    ...lifecycle.activity.map(({ source, lastAt }) => [
      `Last ${ACTIVITY_NAMES[source]}`,
      lastAt === null ? 'never' : describeInstant(lastAt),
    ]),
    ...(lastStop === null
      ? []
      : [['Last stop', `${describeInstant(lastStop.at)}: ${plain(lastStop.reason)}`]]),
  ];
  return table(rows);
}

export function describeInstant(at: string): string {
  return `${at.slice(0, 16).replace('T', ' ')} UTC`;
}

function describeIdle({ idleMinutes, isDefaultIdle }: Lifecycle): string {
  const text = idleMinutes === 0 ? 'never stops idle' : `${idleMinutes} minutes`;
  return isDefaultIdle ? `${text} (default)` : text;
}

/** describeSchedule says on which days and at which times. */
export function describeSchedule({ weekdays, start, stop, timeZone, holidays }: Schedule): string {
  const days = weekdays.toSorted().map((day) => DAYS[day - 1] ?? day);
  const times = [...(start ? [`start ${start}`] : []), ...(stop ? [`stop ${stop}`] : [])];
  const free = holidays.length === 0 ? '' : `, not on ${holidays.join(', ')}`;
  return `${days.join(' ')}: ${times.join(', ')} (${plain(timeZone)})${free}`;
}
