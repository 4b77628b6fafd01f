import type { Schedule } from '@spt-flow/shared/domain/schedule';

/** ScheduleDraft is a schedule as a form has it: texts may be empty. */
export interface ScheduleDraft {
  start: string;
  stop: string;
  timeZone: string;
  holidays: string;
  weekdays: number[];
}

export function draftOf({ start, stop, timeZone, holidays, weekdays }: Schedule): ScheduleDraft {
  return {
    ...{ start: start ?? '', stop: stop ?? '', timeZone },
    ...{ holidays: holidays.join(', '), weekdays: [...weekdays] },
  };
}

export function scheduleOf(draft: ScheduleDraft): Schedule {
  return {
    ...{ timeZone: draft.timeZone.trim(), weekdays: [...draft.weekdays].sort() },
    ...{ start: draft.start || null, stop: draft.stop || null },
    holidays: draft.holidays.split(/[\s,]+/).filter((date) => date !== ''),
  };
}
