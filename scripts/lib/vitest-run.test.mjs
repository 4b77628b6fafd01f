import { describe, expect, it } from 'vitest';
import { countResults } from './vitest-run.mjs';

function report(...statuses) {
  const assertionResults = statuses.map((status, index) => ({ status, fullName: `test ${index}` }));
  return {
    testResults: [{ status: statuses.includes('failed') ? 'failed' : 'passed', assertionResults }],
  };
}

describe('countResults', () => {
  it.each([
    ['all passed', { report: report('passed', 'passed'), exitCode: 0 }, { passed: 2, failed: 0 }],
    ['one failed', { report: report('passed', 'failed'), exitCode: 1 }, { passed: 1, failed: 1 }],
    [
      'coverage below its threshold',
      { report: report('passed'), exitCode: 1 },
      { passed: 1, failed: 1 },
    ],
    ['no report at all', { report: undefined, exitCode: 1 }, { passed: 0, failed: 1 }],
    [
      'a file that could not be loaded',
      { report: { testResults: [{ status: 'failed', assertionResults: [] }] }, exitCode: 1 },
      { passed: 0, failed: 1 },
    ],
    [
      'a skipped test',
      { report: report('passed', 'skipped'), exitCode: 0 },
      { passed: 1, failed: 0 },
    ],
    [
      'a skipped test in CI',
      { report: report('passed', 'skipped'), exitCode: 0, mustRunAll: true },
      { passed: 1, failed: 1 },
    ],
  ])('counts %s', (_, run, expected) => {
    expect(countResults({ mustRunAll: false, ...run })).toEqual(expected);
  });
});
