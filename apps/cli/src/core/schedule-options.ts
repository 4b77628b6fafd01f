import { InvalidArgumentError } from 'commander';
import { DAYS } from './lifecycle-text.ts';

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

export function readDates(text: string): string[] {
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
