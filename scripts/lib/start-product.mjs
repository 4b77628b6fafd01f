import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { buildApps } from './build-apps.mjs';
import { endWith } from './failure.mjs';
import { ensureInstalled } from './install.mjs';
import { inRoot } from './root.mjs';

const SERVER = inRoot('apps/control-plane/dist/server.js');

/**
 * startProduct installs and builds what is needed, then becomes the control plane: in this very
 * process, so that signals, the exit code and a kill concern the product and nothing around it.
 */
export function startProduct(args) {
  return endWith(async () => {
    const asksForHelp = args.includes('--help') || args.includes('-h');
    if (!asksForHelp || !existsSync(SERVER)) {
      await ensureInstalled();
      await buildApps(asksForHelp ? ['control-plane'] : undefined);
    }
    if (existsSync(inRoot('.env'))) process.loadEnvFile(inRoot('.env'));
    process.setSourceMapsEnabled(true);
    await import(pathToFileURL(SERVER).href);
  });
}
