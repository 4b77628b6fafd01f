import { fileURLToPath } from 'node:url';
import { capture } from '../../../run.mjs';

const TRIAL = fileURLToPath(new URL('./squid-trial.mjs', import.meta.url));

/** tryEgressProxy runs Debian's squid with the configuration of the ConfigMap, in a network of its own. */
export function tryEgressProxy(root) {
  return capture('unshare', ['--net', process.execPath, TRIAL, root]);
}
