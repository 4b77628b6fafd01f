import type { BillRow } from '@spt-flow/shared/api/bills';
import { expect, it } from 'vitest';
import { idOf } from '../../../test/fixtures.ts';
import { byPerson, recentMonths } from './bill-sums.ts';

it('adds up what each person used, over their projects', () => {
  const row: BillRow = {
    ...{ userId: idOf(1), userName: 'Ada', email: 'ada@example.com' },
    ...{ projectId: idOf(2), projectName: 'Shop', workspaceHours: 1.5, workspaceCost: 0.2 },
    ...{ inputTokens: 10, outputTokens: 1, modelCostUsd: 0.01 },
  };

  expect(byPerson([row, { ...row, projectId: idOf(3) }])).toEqual([
    {
      ...{ userId: idOf(1), userName: 'Ada', hours: 3, workspaceCost: 0.4 },
      ...{ tokens: 22, modelCostUsd: 0.02 },
    },
  ]);
});

it('counts months in UTC, over the turn of a year', () => {
  const months = recentMonths(new Date('2026-01-31T23:30:00Z')).map(({ value }) => value);

  expect(months.slice(0, 3)).toEqual(['2026-01', '2025-12', '2025-11']);
});
