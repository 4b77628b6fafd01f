import { bootstrap } from './lib/bootstrap.mjs';
import { endWith } from './lib/failure.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { requireNode } from './lib/require-node.mjs';

requireNode();
await endWith(async () => {
  await ensureInstalled();
  await bootstrap();
});
