import * as z from 'zod';

const TimeOfDaySchema = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time like 06:45');

/** ScheduleSchema says when a workspace starts and stops by itself, in the time of a place. */
export const ScheduleSchema = z
  .strictObject({
    timeZone: z.string().max(64).refine(isTimeZone, 'must be a time zone like Europe/Berlin'),
    /** Days on which it starts and stops; 1 is Monday. */
    weekdays: z.array(z.number().int().min(1).max(7)).min(1).max(7),
    start: TimeOfDaySchema.nullable(),
    /** A time that is not after `start` is one of the next day. */
    stop: TimeOfDaySchema.nullable(),
    /** Dates that count as no weekday. */
    holidays: z.array(z.iso.date()).max(200).default([]),
  })
  .refine(({ start, stop }) => start !== null || stop !== null, 'needs a start or a stop');
export type Schedule = z.output<typeof ScheduleSchema>;

/** HoursSchema is a schedule with a beginning and an end on each of its days. */
export const HoursSchema = ScheduleSchema.refine(
  ({ start, stop }) => start !== null && stop !== null,
  'needs a start and a stop',
);

export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
