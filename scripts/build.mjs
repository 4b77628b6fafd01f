import { buildApps } from './lib/build-apps.mjs';
import { endWith } from './lib/failure.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { requireNode } from './lib/require-node.mjs';

requireNode();
await endWith(async () => {
  const names = process.argv.slice(2);
  await ensureInstalled();
  await buildApps(names.length > 0 ? names : undefined);
});
