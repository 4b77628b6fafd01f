import { InvalidArgumentError } from 'commander';

const MINUTES: Readonly<Record<string, number>> = { m: 1, h: 60, d: 1440 };
const MAX_MINUTES = 7 * 24 * 60;

/** readMinutes reads "90m", "2h" or "1d"; at most a week. */
export function readMinutes(text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,5})([mhd])$/.exec(text) ?? [];
  const minutes = Number(count) * (MINUTES[unit] ?? 0);
  if (minutes >= 1 && minutes <= MAX_MINUTES) return minutes;
  throw new InvalidArgumentError('It has to be a time like 90m, 2h or 1d, at most 7d.');
}
