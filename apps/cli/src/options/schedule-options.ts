import { InvalidArgumentError, Option, type Command } from 'commander';
import type { Schedule } from '@spt-flow/shared/domain/schedule';
import { DAYS } from '../words/lifecycle-text.ts';

/** TimeOptions are what `addTimes` reads; times and dates may be "none". */
export interface TimeOptions {
  readonly start?: string;
  readonly stop?: string;
  readonly days?: number[];
  readonly timeZone?: string;
  readonly holidays?: string[];
}

/** addTimes adds the options that make a schedule; the words say what its start and stop do. */
export function addTimes(
  command: Command,
  { start, stop }: { readonly start: string; readonly stop: string },
): Command {
  return command
    .addOption(new Option('--start <time>', `${start}, like 06:45, or none`).argParser(readTime))
    .addOption(new Option('--stop <time>', `${stop}, like 18:15, or none`).argParser(readTime))
    .addOption(
      new Option('--days <days>', 'like mon-fri or mon,wed (mon-fri at first)').argParser(readDays),
    )
    .option('--time-zone <name>', 'like America/New_York (at first, that of this machine)')
    .addOption(
      new Option('--holidays <dates>', 'days off, like 2026-12-25,2026-12-26, or none').argParser(
        readDates,
      ),
    );
}

/** timesOf is the part of a schedule that was given. */
export function timesOf(options: TimeOptions): Record<string, string | number[] | string[] | null> {
  const { start, stop, days: weekdays, timeZone, holidays } = options;
  return Object.fromEntries(
    Object.entries({ start, stop, weekdays, timeZone, holidays }).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value === 'none' ? null : value]],
    ),
  );
}

/** firstSchedule is what a schedule is made of that has nothing yet. */
export function firstSchedule(): Schedule {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  return { timeZone, weekdays: [1, 2, 3, 4, 5], start: null, stop: null, holidays: [] };
}

/** readDays reads "mon-fri" or "mon,wed,fri" as numbers, 1 for Monday. */
export function readDays(text: string): number[] {
  const days = text.toLowerCase().split(',').flatMap(daysOf);
  return [...new Set(days)].sort();
}

function daysOf(part: string): number[] {
  const [first = '', last = first] = part.trim().split('-');
  const [from, to] = [numberOf(first), numberOf(last)];
  const count = ((to - from + 7) % 7) + 1;
  return Array.from({ length: count }, (_, index) => ((from - 1 + index) % 7) + 1);
}

function numberOf(day: string): number {
  const index = DAYS.findIndex((name) => name === day);
  if (index !== -1) return index + 1;
  throw new InvalidArgumentError('Days are mon to sun, like mon-fri or mon,wed,fri.');
}

/** readTime leaves "none" as it is: commander takes null for no value. */
export function readTime(text: string): string {
  if (text === 'none' || /^([01]\d|2[0-3]):[0-5]\d$/.test(text)) return text;
  throw new InvalidArgumentError('It has to be a time like 06:45, or none.');
}

function readDates(text: string): string[] {
  const dates = text === 'none' ? [] : text.split(',').map((date) => date.trim());
  if (dates.every((date) => /^\d{4}-\d{2}-\d{2}$/.test(date))) return dates;
  throw new InvalidArgumentError('It has to be dates like 2026-12-25,2026-12-26, or none.');
}

/** readIdle reads minutes, and "never" as 0. */
export function readIdle(text: string): number | 'default' {
  if (text === 'default') return text;
  const minutes = text === 'never' ? 0 : Number(text);
  if (Number.isInteger(minutes) && minutes >= 0 && minutes <= 10_080 && text !== '') return minutes;
  throw new InvalidArgumentError('It has to be minutes up to 10080, never or default.');
}
