import type { WorkspaceImpact } from '@spt-flow/shared/api/templates';
import { TemplateParameterSchema } from '@spt-flow/shared/domain/template-shape';
import { describe, expect, it } from 'vitest';
import { defaultWords, effectWords, permittedWords, poolWords } from './template-words.ts';

describe('the words for a parameter', () => {
  it.each([
    [{ type: 'bool', default: false }, 'true or false', 'false'],
    [{ type: 'number', min: 1, max: 3 }, 'at least 1, at most 3', 'has to be given'],
    [{ type: 'string', options: [{ value: 'a' }, { value: 'b' }], default: 'a' }, 'a, b', 'a'],
    [{ type: 'list', default: [] }, 'anything', 'empty'],
  ])('%j', (given, permitted, fallback) => {
    const parameter = TemplateParameterSchema.parse({ name: 'x', ...given });

    expect(permittedWords(parameter)).toBe(permitted);
    expect(defaultWords(parameter)).toBe(fallback);
  });
});

describe('the words for a pool', () => {
  const none = {
    ...{ size: 0, maxAgeHours: 24, ready: 0, starting: 0, failed: 0, costPerHour: null },
    ...{ schedule: null, isOpen: true },
  };
  const hours = { timeZone: 'UTC', weekdays: [1], start: '06:45', stop: '18:15', holidays: [] };

  it.each([
    [{}, 'No workspaces are kept ready.'],
    [{ size: 3, ready: 2, starting: 1 }, '3 kept ready (2 ready, 1 starting).'],
    [
      { size: 3, schedule: hours, isOpen: false },
      '3 kept ready from 06:45 to 18:15 (UTC), not now (0 ready).',
    ],
    [
      { size: 1, failed: 1, costPerHour: { amount: 0.05, currency: 'USD' } },
      '1 kept ready (0 ready, 1 failed), $0.05 an hour.',
    ],
  ])('%j', (change, words) => {
    expect(poolWords({ ...none, ...change })).toBe(words);
  });
});

describe('the words for an impact', () => {
  const impact: WorkspaceImpact = {
    ...{ workspaceId: 'w', name: 'shop', ownerName: 'Ada', actualState: 'running', fromVersion: 1 },
    ...{ changes: [], problems: [], effect: 'restart', isDataKept: true, refusal: null },
    canUpdate: true,
  };

  it.each([
    [{}, 'Files stay'],
    [{ effect: 'none' } as const, 'Nothing changes'],
    [{ canUpdate: false }, 'stands in the way'],
    [{ effect: 'recreate', canUpdate: false } as const, 'would be lost'],
  ])('%j', (change, words) => {
    expect(effectWords({ ...impact, ...change })).toContain(words);
  });
});
