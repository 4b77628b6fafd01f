import { expect, it } from 'vitest';
import { SshHostSchema } from '../agent-protocol/requests.ts';
import { SshLoginSchema } from './ssh.ts';

const KEY = 'ssh-ed25519 AAAA';
const LOGIN = { user: 'node', directory: '/work space' };

it.each([
  ['a folder that would be more of the host’s name', { directory: '.evil.example/x' }],
  ['an account that would be an option', { user: '-oProxyCommand=x' }],
  ['an account that would be two words', { user: 'a;b' }],
])('nobody is led away by %s', (_case, change) => {
  const isTaken = (part: object) => [
    SshHostSchema.safeParse({ publicKey: KEY, ...LOGIN, ...part }).success,
    SshLoginSchema.safeParse({ hostAuthority: KEY, ...LOGIN, ...part }).success,
  ];

  expect(isTaken({})).toEqual([true, true]);
  expect(isTaken(change)).toEqual([false, false]);
});
