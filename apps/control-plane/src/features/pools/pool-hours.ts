import { HoursSchema, type Schedule } from '@spt-flow/shared/domain/schedule';
import { isWithin } from '../lifecycle/index.ts';
import type { PoolRow } from './pools-repository.ts';

/** hoursOf says when workspaces of a pool are kept ready; null: always. */
export function hoursOf({ schedule }: Pick<PoolRow, 'schedule'>): Schedule | null {
  return schedule === null ? null : HoursSchema.parse(schedule);
}

/** isOpen: workspaces are to be kept ready now. */
export function isOpen(hours: Schedule | null, now: Date): boolean {
  return hours === null || isWithin(hours, now);
}
