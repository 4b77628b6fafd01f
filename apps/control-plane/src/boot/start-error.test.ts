import { AppError } from '@spt-flow/shared/domain/errors';
import { describe, expect, it } from 'vitest';
import { SealedBoxError } from '../lib/sealed-box.ts';
import { StartError, startFailureText } from './start-error.ts';

describe('why it can not start', () => {
  it('is told with what is safe, the next step and the code of an error that is known', () => {
    const error = new AppError('policy_unusable', '/opt/policy.wasm\n  is damaged');

    expect(startFailureText(error)).toBe(
      '/opt/policy.wasm is damaged. Your work is saved. Install spt-flow again, or correct what --policy-bundle or --policy-data names (policy_unusable)',
    );
  });

  it('is one line of a part that says all by itself', () => {
    expect(startFailureText(new StartError('Port 80 is taken: choose another'))).toBe(
      'Port 80 is taken: choose another',
    );
    expect(startFailureText(new SealedBoxError('Another key: take the one from before'))).toBe(
      'Another key: take the one from before',
    );
  });

  it.each([new TypeError('x is undefined'), new AppError('internal')])(
    'comes with a stack when nobody foresaw %s',
    (error) => {
      expect(startFailureText(error)).toContain('start-error.test.ts');
    },
  );
});
