import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openVault } from '../../src/features/secrets/vault/open-vault.ts';
import { createVaultCertificates } from '../../src/features/ssh/index.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { policyOfGuide, setUpByGuide } from '../support/vault-guide.ts';
import { startVault } from '../support/vault.ts';

const ROLES = {
  users: { mount: 'ssh-users', role: 'spt-flow' },
  hosts: { mount: 'ssh-hosts', role: 'spt-flow' },
};

/** startVaultAuthorities runs a Vault that certifies for SSH, set up as the guide says. */
export async function startVaultAuthorities() {
  const vault = await startVault();
  await setUpByGuide(vault);
  await vault.write('sys/policies/acl/spt-flow', { policy: await policyOfGuide() });
  const { auth } = await vault.write('auth/token/create', { policies: ['spt-flow'] });
  const folder = await mkdtemp(path.join(tmpdir(), 'spt-flow-vault-'));
  const tokenFile = path.join(folder, 'token');
  await writeFile(tokenFile, auth?.client_token ?? '');
  const { ask, close } = openVault({
    settings: {
      ...{ address: vault.address, namespace: null, ca: null, mount: 'secret', path: 'spt-flow' },
      ...{ login: { method: 'token', tokenFile }, shared: [] },
    },
    onChanged: () => undefined,
    onError: () => undefined,
  });
  return {
    vault,
    certificates: createVaultCertificates({ ask, roles: ROLES, clock: systemClock }),
    async close() {
      await close();
      await vault.close();
      await rm(folder, { recursive: true });
    },
  };
}
