import { describe, expect, it } from 'vitest';
import { AppError, describeError, ERROR_CODES, ERRORS } from './errors.ts';

describe('the error catalogue', () => {
  it.each(ERROR_CODES)(
    '%s says what happened, what is safe and what to do, in plain words',
    (code) => {
      const { what, safe, next } = ERRORS[code];

      for (const text of [what, safe, next]) expect(text).toMatch(/^[A-Z][^!\n]+[^.!\s]$/);
    },
  );

  it.each(ERROR_CODES)('%s has a status that fits whose fault it is', (code) => {
    const { status, family } = ERRORS[code];

    expect(status >= 500).toBe(family !== 'caller');
  });

  it('answers codes of another version with the general entry', () => {
    expect(describeError('of_a_later_version')).toBe(ERRORS.internal);
    expect(describeError('toString')).toBe(ERRORS.internal);
  });
});

describe('AppError', () => {
  it('takes status, family and text from the catalogue', () => {
    const cause = new Error('deeper');

    const error = new AppError('not_found', undefined, { cause });

    expect(error).toMatchObject({
      code: 'not_found',
      status: 404,
      family: 'caller',
      message: 'Not found',
      cause,
    });
  });
});
