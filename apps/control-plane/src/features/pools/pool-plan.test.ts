import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '@spt-flow/shared/domain/workspace-settings';
import { planPool, type PoolFacts } from './pool-plan.ts';

const NOW = new Date('2026-11-26T12:00:00Z');
const MODEL: NonNullable<PoolFacts['model']> = {
  provider: 'docker',
  blueprint: {
    ...{ templateId: 't', templateVersion: 2, settings: DEFAULT_SETTINGS },
    ...{ nextStart: null, startScript: null, values: {} },
  },
};

function hoursAgo(hours: number): Date {
  return new Date(NOW.getTime() - hours * 3_600_000);
}

function member(id: string, change: Partial<PoolFacts['members'][number]> = {}) {
  return {
    ...{ id, organizationId: 'o', provider: 'docker' as const, templateVersion: 2 },
    ...{ settings: {}, desiredState: 'running' as const, actualState: 'running' as const },
    ...{ stateSince: hoursAgo(1), createdAt: hoursAgo(1) },
    ...change,
  };
}

function plan(change: Partial<PoolFacts>) {
  const facts = { size: 2, maxAgeHours: 24, model: MODEL, members: [], now: NOW };
  return planPool({ ...facts, outdated: new Set<string>(), ...change });
}

describe('planPool', () => {
  it('makes as many as are missing, and counts what is still starting', () => {
    expect(plan({})).toEqual({ remove: [], add: 2 });
    const starting = member('a', { actualState: 'starting' });
    expect(plan({ members: [starting] })).toEqual({ remove: [], add: 1 });
  });

  it('keeps the oldest when fewer are wanted, and none of a template that can’t be used', () => {
    const members = ['a', 'b', 'c'].map((id) => member(id));
    expect(plan({ members })).toEqual({ remove: ['c'], add: 0 });
    expect(plan({ members, size: 0 })).toEqual({ remove: ['a', 'b', 'c'], add: 0 });
    expect(plan({ members, model: undefined }).add).toBe(0);
    expect(plan({ members, model: undefined }).remove).toHaveLength(3);
  });

  it.each([
    ['of another version', { templateVersion: 1 }],
    ['elsewhere', { provider: 'local' as const }],
    ['of other settings', { settings: { size: 'devenv' } }],
    ['too old', { createdAt: hoursAgo(25) }],
    ['about to be deleted', { desiredState: 'deleted' as const }],
    ['failed, and not just now', { actualState: 'failed' as const }],
  ])('replaces one that is %s', (_words, change) => {
    expect(plan({ members: [member('a', change), member('b')] })).toEqual({
      remove: ['a'],
      add: 1,
    });
  });

  it('replaces one whose image has changed, and gives one that failed a while', () => {
    const failed = member('b', { actualState: 'failed', stateSince: NOW });
    const members = [member('a'), failed];
    expect(plan({ members, outdated: new Set(['a']) })).toEqual({ remove: ['a'], add: 1 });
  });
});
