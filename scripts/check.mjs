import { CHECK_STEPS } from './lib/check-steps.mjs';
import { Failure, endWith } from './lib/failure.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { requireNode } from './lib/require-node.mjs';
import { say } from './lib/progress.mjs';

const AT_ONCE = 2;

requireNode();
await endWith(async () => {
  const only = process.argv.slice(2);
  await ensureInstalled();
  const waiting = CHECK_STEPS.filter((step) => only.length === 0 || only.includes(step.name));
  if (waiting.length === 0) {
    throw new Failure(
      `There is no such check: choose from ${CHECK_STEPS.map((step) => `'${step.name}'`).join(', ')}`,
    );
  }
  const failed = [];
  const worker = async () => {
    for (let step = waiting.shift(); step; step = waiting.shift()) {
      if (!(await passes(step))) failed.push(step.name);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  say(failed.length > 0 ? `Failed: ${failed.join(', ')}` : 'All checks passed');
  return failed.length > 0 ? 1 : 0;
});

async function passes(step) {
  const startedMs = performance.now();
  const { exitCode, output } = await step.run();
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
  say(`${exitCode === 0 ? '✓' : '✗'} ${step.name} (${seconds} s)`);
  if (exitCode !== 0) say(output.trimEnd());
  return exitCode === 0;
}
