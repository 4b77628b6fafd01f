import type { Money } from '@spt-flow/shared/api/costs';
import type { ActivitySource } from '@spt-flow/shared/domain/activity';
import type { Schedule } from '@spt-flow/shared/domain/schedule';

export const SOURCE_NAMES: Readonly<Record<ActivitySource, string>> = {
  terminal: 'Terminal',
  ssh: 'SSH',
  command: 'Commands and changes',
  ports: 'Port traffic',
  chat: 'Chat',
  ai: 'AI agent',
  cpu: 'Processor',
};

export const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;

/** formatMoney tells small amounts, as of an hour, exactly unless told otherwise. */
export function formatMoney({ amount, currency }: Money, maximumFractionDigits = 4): string {
  return new Intl.NumberFormat('en', {
    ...{ style: 'currency', currency, maximumFractionDigits },
  }).format(amount);
}

/** newSchedule is where a form begins: office hours in the place of the browser. */
export function newSchedule(): Schedule {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  return { timeZone, weekdays: [1, 2, 3, 4, 5], start: '06:45', stop: '18:15', holidays: [] };
}
