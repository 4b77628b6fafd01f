import type { TemplatePool } from '@spt-flow/shared/api/pools';
import { describeSchedule } from './lifecycle-text.ts';
import { plain } from '../core/text.ts';

/** describePool says what is kept ready of a template, and what that costs. */
export function describePool(template: string, pool: TemplatePool): string {
  const { size, ready, starting, failed, maxAgeHours, costPerHour, schedule, isOpen } = pool;
  if (size === 0 && ready + starting + failed === 0)
    return `No workspaces of '${plain(template)}' are kept ready`;
  const states = [
    `${ready} ready`,
    ...(starting > 0 ? [`${starting} starting`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
  ];
  return [
    `${size} of '${plain(template)}' kept ready: ${states.join(', ')}`,
    ...(schedule ? [`Kept ready ${describeSchedule(schedule)}${isOpen ? '' : '; not now'}`] : []),
    `Replaced after ${maxAgeHours} hours`,
    ...(costPerHour
      ? [`Cost: ${costPerHour.amount} ${plain(costPerHour.currency)} an hour, all together`]
      : []),
  ].join('\n');
}
