import type { BillRow } from '@spt-flow/shared/api/bills';

/** PersonUse is what somebody used in all projects together. */
export interface PersonUse {
  readonly userId: string;
  readonly userName: string;
  hours: number;
  workspaceCost: number;
  tokens: number;
  modelCostUsd: number;
}

const SHOWN_MONTHS = 12;

/** byPerson adds up the projects of each person. */
export function byPerson(rows: readonly BillRow[]): PersonUse[] {
  const people = new Map<string, PersonUse>();
  for (const { userId, userName, ...row } of rows) {
    const nothing = { hours: 0, workspaceCost: 0, tokens: 0, modelCostUsd: 0 };
    const person = people.get(userId) ?? { userId, userName, ...nothing };
    person.hours += row.workspaceHours;
    person.workspaceCost += row.workspaceCost;
    person.tokens += row.inputTokens + row.outputTokens;
    person.modelCostUsd += row.modelCostUsd;
    people.set(userId, person);
  }
  return [...people.values()];
}

/** recentMonths are this month and those before it, in UTC. */
export function recentMonths(now: Date): { label: string; value: string }[] {
  return Array.from({ length: SHOWN_MONTHS }, (_, ago) => {
    const first = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - ago));
    const label = first.toLocaleDateString(undefined, {
      ...{ month: 'short', year: 'numeric', timeZone: 'UTC' },
    } as const);
    return { label, value: first.toISOString().slice(0, 7) };
  });
}
