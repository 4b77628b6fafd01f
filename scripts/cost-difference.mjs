import { endWith } from './lib/failure.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { say } from './lib/progress.mjs';
import { requireNode } from './lib/require-node.mjs';

requireNode();
await endWith(async () => {
  await ensureInstalled();
  const { baseOfChange, costDifference } = await import('./lib/infra/cost/difference.mjs');
  const base = process.argv[2] ?? (await baseOfChange());
  const lines = base ? await costDifference(base) : ['There is no commit to compare the cost with'];
  for (const line of lines) say(line);
  return 0;
});
