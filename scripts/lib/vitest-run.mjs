import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { say } from './progress.mjs';
import { inRoot } from './root.mjs';
import { run } from './run.mjs';

/** runVitest shows the run and resolves with its counts; a run that fails without a failed test counts as one. */
export async function runVitest(name, args, { runtime = [process.execPath], ...options } = {}) {
  const file = inRoot('.cache/test-results', `${name}.json`);
  await mkdir(path.dirname(file), { recursive: true });
  await rm(file, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const vitest = inRoot('node_modules/vitest/vitest.mjs');
  const [program, ...before] = runtime;
  const exitCode = await run(program, [...before, vitest, 'run', ...reporters, ...args], options);
  const report = await readFile(file, 'utf8').then(JSON.parse, () => undefined);
  return countResults({ report, exitCode, mustRunAll: Boolean(process.env.CI) });
}

/** In CI a part of the system that is missing must not turn tests into skipped ones. */
export function countResults({ report, exitCode, mustRunAll }) {
  const files = report?.testResults ?? [];
  const tests = files.flatMap((file) => file.assertionResults);
  const passed = tests.filter((test) => test.status === 'passed').length;
  const skipped = tests.filter((test) => ['skipped', 'pending', 'todo'].includes(test.status));
  const brokenFiles = files.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  );
  const failedTests = tests.filter((test) => test.status === 'failed').length;
  const failed = failedTests + brokenFiles.length + (mustRunAll ? skipped.length : 0);
  if (skipped.length > 0) say(`Skipped: ${skipped.map((test) => test.fullName).join('; ')}`);
  return { passed, failed: failed === 0 && exitCode !== 0 ? 1 : failed };
}
