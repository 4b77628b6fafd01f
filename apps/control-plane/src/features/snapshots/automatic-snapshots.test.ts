import { expect, it, vi } from 'vitest';
import { AppError } from '@spt-flow/shared/domain/errors';
import { createAutomaticSnapshots } from './automatic-snapshots.ts';

it('leaves workspaces alone for an hour where it was in vain, and all of them while there is no place', async () => {
  let now = new Date('2026-11-27T12:00:00Z');
  const tried: string[] = [];
  const errors: unknown[] = [];
  const fails = new Map<string, AppError>([['one', new AppError('workspace_busy')]]);
  const look = createAutomaticSnapshots({
    repository: { due: vi.fn(async () => ['one', 'two', 'three']) },
    service: {
      async keepAutomatic(id) {
        tried.push(id);
        const error = fails.get(id);
        if (error) throw error;
      },
    },
    clock: { now: () => now },
    ...{ everyHours: 24, keep: 7, onError: (error: unknown) => errors.push(error) },
  });

  await look();
  fails.set('two', new AppError('snapshot_storage_failed'));
  await look();
  now = new Date('2026-11-27T13:00:00Z');
  fails.clear();
  await look();

  expect(tried).toEqual(['one', 'two', 'three', 'two', 'one', 'two', 'three']);
  expect(errors).toHaveLength(2);
});
