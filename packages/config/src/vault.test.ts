import { expect, test } from 'vitest';
import { readControlPlaneConfig } from './control-plane.ts';

const VAULT = { SPT_FLOW_VAULT_ADDRESS: 'https://vault.example', SPT_FLOW_VAULT_TOKEN_FILE: '/t' };
const USERS = { SPT_FLOW_VAULT_SSH_USERS: 'teams/ssh-users/spt-flow' };

function read(environment: Record<string, string>) {
  const start = readControlPlaneConfig([], environment, { dataDirectory: '/data' });
  return start.kind === 'run' ? start.config.vault?.ssh : undefined;
}

test('Vault certifies for SSH where two engines are named', () => {
  expect(read(VAULT)).toBeNull();
  expect(read({ ...VAULT, ...USERS, SPT_FLOW_VAULT_SSH_HOSTS: 'ssh-hosts/r' })).toEqual({
    users: { mount: 'teams/ssh-users', role: 'spt-flow' },
    hosts: { mount: 'ssh-hosts', role: 'r' },
  });
});

test.each([
  [USERS, 'SPT_FLOW_VAULT_ADDRESS'],
  [{ ...VAULT, ...USERS }, 'each other'],
  [{ ...VAULT, ...USERS, SPT_FLOW_VAULT_SSH_HOSTS: 'teams/ssh-users/hosts' }, 'two SSH engines'],
  [{ ...VAULT, SPT_FLOW_VAULT_SSH_USERS: 'spt-flow' }, 'a role of it'],
])('%j is refused', (environment, words) => {
  expect(() => read(environment)).toThrow(words);
});
