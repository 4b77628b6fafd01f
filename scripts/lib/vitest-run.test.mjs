import { describe, expect, it } from 'vitest';
import { summarize } from './vitest-run.mjs';

const CLEAN = { passed: 2, failed: [], skipped: [], retried: [] };

function summaryOf(report, options = {}) {
  const exitCode = options.exitCode ?? 0;
  return summarize({ name: 'parts', report, exitCode, mustRunAll: options.mustRunAll ?? false });
}

describe('summarize', () => {
  it('has nothing to say of a run in which all passed', () => {
    expect(summaryOf(CLEAN)).toEqual({ passed: 2, failed: [], notes: [] });
  });

  it('names the tests that failed', () => {
    const report = { ...CLEAN, failed: ['a.test.ts > adds: expected 1 to be 2'] };
    expect(summaryOf(report, { exitCode: 1 }).failed).toEqual([
      'a.test.ts > adds: expected 1 to be 2',
    ]);
  });

  it('fails a run that ended badly without a failed test', () => {
    expect(summaryOf(CLEAN, { exitCode: 1 }).failed).toEqual([
      'parts: ended with 1, though every test passed (coverage?)',
    ]);
  });

  it('fails a run that left no result', () => {
    expect(summaryOf(undefined, { exitCode: 137 }).failed).toEqual([
      'parts: ended with 137 before a result',
    ]);
  });

  it('notes a skipped test, and fails it where all have to run', () => {
    const report = { ...CLEAN, skipped: ['a.test.ts > needs Docker'] };
    expect(summaryOf(report)).toMatchObject({ failed: [], notes: [expect.any(String)] });
    expect(summaryOf(report, { mustRunAll: true }).failed).toEqual([
      'skipped: a.test.ts > needs Docker',
    ]);
  });

  it('notes a test that passed at the second attempt', () => {
    const report = { ...CLEAN, retried: ['a.test.ts > races: expected 1 to be 2'] };
    expect(summaryOf(report)).toMatchObject({
      failed: [],
      notes: ['passed at the second attempt: a.test.ts > races: expected 1 to be 2'],
    });
  });
});
