import { requireNode } from './lib/require-node.mjs';

requireNode();
const { workOnInstallation } = await import('./lib/start-product.mjs');
await workOnInstallation(process.argv.slice(2));
