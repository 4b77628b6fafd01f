import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { inRoot } from './root.mjs';
import { run } from './run.mjs';

/** runVitest shows the run and resolves with the number of passed tests, what failed, and what is worth a note. */
export async function runVitest(name, args, { runtime = [process.execPath], env } = {}) {
  const file = inRoot('.cache/test-results', `${name}.json`);
  await mkdir(path.dirname(file), { recursive: true });
  await rm(file, { force: true });
  const mustRunAll = Boolean(process.env.CI);
  const options = [
    '--reporter=default',
    `--reporter=${inRoot('scripts/lib/result-reporter.mjs')}`,
    // Somebody else's machine may be slow for a moment; whoever needs the second attempt is named at the end.
    ...(mustRunAll ? ['--retry=1'] : []),
  ];
  const vitest = inRoot('node_modules/vitest/vitest.mjs');
  const [program, ...before] = runtime;
  const exitCode = await run(program, [...before, vitest, 'run', ...options, ...args], {
    env: { ...process.env, ...env, TEST_RESULTS_FILE: file },
  });
  const report = await readFile(file, 'utf8').then(JSON.parse, () => undefined);
  return summarize({ name, report, exitCode, mustRunAll });
}

/** In CI a part of the system that is missing must not turn tests into skipped ones. */
export function summarize({ name, report, exitCode, mustRunAll }) {
  if (!report)
    return { passed: 0, failed: [`${name}: ended with ${exitCode} before a result`], notes: [] };
  const skipped = report.skipped.map((test) => `skipped: ${test}`);
  const failed = [...report.failed, ...(mustRunAll ? skipped : [])];
  if (failed.length === 0 && exitCode !== 0) {
    failed.push(`${name}: ended with ${exitCode}, though every test passed (coverage?)`);
  }
  const retried = report.retried.map((test) => `passed at the second attempt: ${test}`);
  return { passed: report.passed, failed, notes: [...(mustRunAll ? [] : skipped), ...retried] };
}

/** reportRuns ends a run with what failed and one line of counts; it returns the exit code. */
export function reportRuns(results) {
  const failed = results.flatMap((result) => result.failed);
  const passed = results.reduce((sum, result) => sum + result.passed, 0);
  const lines = [
    ...results.flatMap((result) => result.notes),
    ...failed.map((line) => `FAILED ${line}`),
  ];
  for (const line of lines) process.stdout.write(`${line}\n`);
  process.stdout.write(`${passed} passed, ${failed.length} failed\n`);
  return failed.length > 0 || passed === 0 ? 1 : 0;
}
