import { Failure, endWith } from './lib/failure.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { say } from './lib/progress.mjs';
import { requireNode } from './lib/require-node.mjs';

requireNode();
await endWith(async () => {
  await ensureInstalled();
  const only = process.argv.slice(2);
  if (only.includes('--write')) return write();
  const { INFRA_STEPS } = await import('./lib/infra/check-steps.mjs');
  const steps = INFRA_STEPS.filter(({ name }) => only.length === 0 || only.includes(name));
  if (steps.length === 0)
    throw new Failure(
      `There is no such check: choose from ${INFRA_STEPS.map(({ name }) => `'${name}'`).join(', ')}`,
    );
  if (!steps.every(({ isQuick }) => isQuick)) await ensureParts();
  const building = only.length === 0 && buildAhead();
  const failed = [];
  for (const step of steps) if (!(await passes(step))) failed.push(step.name);
  await building;
  say(failed.length > 0 ? `Failed: ${failed.join(', ')}` : 'Everything under infra passed');
  return failed.length > 0 ? 1 : 0;
});

async function passes({ name, run }) {
  const startedMs = performance.now();
  const { told } = await import('./lib/infra/tools/told.mjs');
  const problems = await told(run)();
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
  say(`${problems.length === 0 ? '✓' : '✗'} ${name} (${seconds} s)`);
  for (const problem of problems) say(problem.trimEnd());
  return problems.length === 0;
}

async function buildAhead() {
  const { buildPrograms } = await import('./lib/infra/build-programs.mjs');
  await buildPrograms();
}

async function ensureParts() {
  const { ensureKubernetesParts } = await import('./lib/infra/kubernetes/cluster/parts.mjs');
  await ensureKubernetesParts();
}

async function write() {
  const { writeGenerated } = await import('./lib/infra/kubernetes/steps.mjs');
  await writeGenerated();
  return 0;
}
