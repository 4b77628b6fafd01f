import { readFileSync } from 'node:fs';
import { StartError } from './start-error.ts';

/** loadVaultCa reads who signed the certificate of Vault; null: any authority that the machine trusts. */
export function loadVaultCa(file: string | null): string | null {
  if (file === null) return null;
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new StartError(`The file "${file}" of SPT_FLOW_VAULT_CA_FILE can't be read`, { cause });
  }
}
