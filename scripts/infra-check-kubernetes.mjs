import { Failure, endWith } from './lib/failure.mjs';
import { KUBERNETES_STEPS, writeGenerated } from './lib/infra/kubernetes.mjs';
import { ensureKubernetesParts } from './lib/infra/kubernetes-parts.mjs';
import { say } from './lib/progress.mjs';
import { requireNode } from './lib/require-node.mjs';

requireNode();
await endWith(async () => {
  const only = process.argv.slice(2);
  if (only.includes('--write')) return writeGenerated();
  const chosen = KUBERNETES_STEPS.filter(({ name }) => only.length === 0 || only.includes(name));
  if (chosen.length === 0)
    throw new Failure(
      `There is no such check: choose from ${KUBERNETES_STEPS.map(({ name }) => `'${name}'`).join(', ')}`,
    );
  await ensureKubernetesParts();
  const failed = [];
  for (const { name, run } of chosen) {
    const startedMs = performance.now();
    const { exitCode, output } = await run();
    const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
    say(`${exitCode === 0 ? '✓' : '✗'} ${name} (${seconds} s)`);
    if (exitCode !== 0) failed.push(name);
    if (output) say(output);
  }
  say(failed.length > 0 ? `Failed: ${failed.join(', ')}` : 'All checks passed');
  return failed.length > 0 ? 1 : 0;
});
