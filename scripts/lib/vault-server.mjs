import { ownProgram } from './infra/tools/kubernetes-tools.mjs';

/** ensureVault is the path of a Vault without clouds, for tests alone: its licence is not one to ship it under. */
export function ensureVault() {
  return ownProgram('vault-server');
}
