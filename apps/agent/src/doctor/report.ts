import type { StepResult } from './step.ts';

const MARKS = { passed: 'ok  ', failed: 'FAIL', skipped: 'skip' };

/** lineOf words a result for people. */
export function lineOf({ step, result, durationMs, detail, remedy }: StepResult): string {
  const time = result === 'skipped' ? '' : ` (${durationMs} ms)`;
  const line = `${MARKS[result]}  ${step.padEnd(13)}  ${detail}${time}`;
  return remedy === null ? line : `${line}\n      → ${remedy}`;
}
