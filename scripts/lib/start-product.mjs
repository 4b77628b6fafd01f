import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { buildApps } from './build-apps.mjs';
import { endWith } from './failure.mjs';
import { ensureInstalled } from './install.mjs';
import { inRoot } from './root.mjs';

const SERVER = inRoot('apps/control-plane/dist/server.js');
const INSTALLATION = inRoot('apps/control-plane/dist/installation.js');

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
    await become(SERVER);
  });
}

/** workOnInstallation backs it up or restores it. A product that runs is read by what it was built from, not built anew. */
export function workOnInstallation(args) {
  return endWith(async () => {
    if (args[0] !== 'backup' || !existsSync(INSTALLATION)) {
      await ensureInstalled();
      await buildApps(['control-plane']);
    }
    await become(INSTALLATION);
  });
}

async function become(program) {
  if (existsSync(inRoot('.env'))) process.loadEnvFile(inRoot('.env'));
  process.setSourceMapsEnabled(true);
  await import(pathToFileURL(program).href);
}
