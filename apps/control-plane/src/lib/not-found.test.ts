import { describe, expect, it } from 'vitest';
import { AppError } from '@spt-flow/shared/domain/errors';
import { undefinedIfNotFound } from './not-found.ts';

describe('undefinedIfNotFound', () => {
  it('passes on what was found', async () => {
    expect(await undefinedIfNotFound(Promise.resolve('here'))).toBe('here');
  });

  it('is undefined for what is not there', async () => {
    expect(await undefinedIfNotFound(Promise.reject(new AppError('not_found')))).toBeUndefined();
  });

  it.each([new AppError('agent_offline'), new Error('the database is gone')])(
    'never takes %s for absence',
    async (error) => {
      await expect(undefinedIfNotFound(Promise.reject(error))).rejects.toBe(error);
    },
  );
});
