import { buildApps } from './lib/build-apps.mjs';
import { endWith } from './lib/failure.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { requireNode } from './lib/require-node.mjs';
import { reportRuns, runVitest } from './lib/vitest-run.mjs';

/** `--screenshots` writes pictures of what the journeys see; other arguments choose journeys. */
requireNode();
await endWith(async () => {
  const args = process.argv.slice(2);
  const filters = args.filter((arg) => arg !== '--screenshots');
  const env = args.includes('--screenshots') ? { E2E_SCREENSHOTS: '1' } : {};
  await ensureInstalled();
  await buildApps();
  const config = ['--config', 'e2e/vitest.config.ts'];
  return reportRuns([await runVitest('journeys', [...config, ...filters], { env })]);
});
