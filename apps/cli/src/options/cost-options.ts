import { InvalidArgumentError } from 'commander';
import { readDays, readTime } from './schedule-options.ts';

export interface OfficeHours {
  readonly hoursPerWeek: number;
  readonly hoursPerWorkday: number;
}

/** readOfficeHours reads "mon-fri 06:45-18:15"; hours end on the day that they begin. */
export function readOfficeHours(text: string): OfficeHours {
  const [, days = '', from = '', to = ''] = /^(\S+) ([\d:]+)-([\d:]+)$/.exec(text.trim()) ?? [];
  if (days === '')
    throw new InvalidArgumentError("It has to be days and hours like 'mon-fri 06:45-18:15'.");
  const hoursPerWorkday = (minutesOf(readTime(to)) - minutesOf(readTime(from))) / 60;
  if (hoursPerWorkday <= 0)
    throw new InvalidArgumentError('The hours have to end after they begin.');
  return { hoursPerWorkday, hoursPerWeek: hoursPerWorkday * readDays(days).length };
}

function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}

/** readWhole is a reader of whole numbers between two bounds. */
export function readWhole(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It has to be a whole number from ${min} to ${max}.`);
  };
}
