import { describe, expect, it } from 'vitest';
import { checkUpgradeResponse } from './upgrade.ts';

function refusalWith(headers: Record<string, string>): () => void {
  const response = { status: 503, headers: new Map(Object.entries(headers)) };
  return () => checkUpgradeResponse(response, { key: 'key', protocol: 'test.v1' });
}

function retryAfterOf(check: () => void): unknown {
  try {
    check();
  } catch (error) {
    return error instanceof Error && 'retryAfterSeconds' in error && error.retryAfterSeconds;
  }
  throw new Error('It was taken');
}

describe('a refused upgrade', () => {
  it('is told with its status', () => {
    expect(refusalWith({})).toThrow('Server answered 503');
  });

  it('says after how many seconds to try again', () => {
    expect(retryAfterOf(refusalWith({ 'retry-after': '5' }))).toBe(5);
  });

  it.each([{}, { 'retry-after': '-1' }, { 'retry-after': 'Thu, 26 Nov 2026 03:00:00 GMT' }])(
    'leaves it to the client with the headers %j',
    (headers) => {
      expect(retryAfterOf(refusalWith(headers))).toBeUndefined();
    },
  );
});
