import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './root.mjs';

const REASON_CHARACTERS = 300;

/** ResultReporter writes what the end of a run has to say to the file named by TEST_RESULTS_FILE. */
// eslint-disable-next-line no-restricted-syntax -- Vitest takes a reporter's default export
export default class ResultReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const result = { passed: 0, failed: [], skipped: [], retried: [], seconds: {} };
    for (const module of modules) addModule(result, module);
    for (const error of unhandledErrors) result.failed.push(`unhandled: ${reasonOf(error)}`);
    writeFileSync(process.env.TEST_RESULTS_FILE, JSON.stringify(result, null, 2));
  }
}

function addModule(result, module) {
  const file = path.relative(ROOT, module.moduleId);
  result.seconds[file] = Math.round(module.diagnostic().duration / 100) / 10;
  for (const error of module.errors()) result.failed.push(`${file}: ${reasonOf(error)}`);
  for (const suite of module.children.allSuites()) {
    for (const error of suite.errors()) {
      result.failed.push(`${file} > ${suite.fullName}: ${reasonOf(error)}`);
    }
  }
  for (const test of module.children.allTests()) addTest(result, file, test);
}

function addTest(result, file, test) {
  const name = `${file} > ${test.fullName}`;
  const { state, errors } = test.result();
  if (state === 'failed') result.failed.push(`${name}: ${reasonOf(errors[0])}`);
  else if (state === 'passed') result.passed += 1;
  else result.skipped.push(name);
  // What is seldom can be understood only if its reason was kept.
  if (test.diagnostic()?.flaky) result.retried.push(`${name}: ${reasonOf(errors?.[0])}`);
}

/** What a test adds to its expectation stands first, what was expected last. */
function reasonOf(error) {
  const lines = String(error?.message).split('\n');
  const ends = lines.length > 1 ? [lines[0], '…', lines.at(-1)] : lines;
  return ends.map((line) => line.slice(0, REASON_CHARACTERS)).join(' ');
}
