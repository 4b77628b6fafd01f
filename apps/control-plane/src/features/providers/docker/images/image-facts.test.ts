import { describe, expect, it } from 'vitest';
import { accountOf } from './image-facts.ts';

const ACCOUNTS = [
  { name: 'root', uid: 0, gid: 0, home: '/root', shell: '/bin/bash' },
  { name: 'node', uid: 1000, gid: 1001, home: '/home/node', shell: '/bin/zsh' },
  { name: 'nobody', uid: 65534, gid: 65534, home: '/', shell: '/usr/sbin/nologin' },
  { name: '12', uid: 900, gid: 900, home: '/home/twelve', shell: '/bin/sh' },
];

function account(user: string, accounts = ACCOUNTS) {
  return accountOf(user, { accounts }, 'debian:13');
}

describe('the account of an image', () => {
  it.each([
    ['', { name: 'root', uid: 0 }],
    ['node', { uid: 1000, gid: 1001, home: '/home/node', shell: '/bin/zsh' }],
    ['1000', { name: 'node', gid: 1001 }],
    ['node:5', { uid: 1000, gid: 5 }],
    ['1000:0', { name: 'node', gid: 0 }],
    ['nobody', { home: '/home' }],
    ['12', { name: '12', uid: 12, gid: 0, home: '/home' }],
    ['4711', { name: '4711', uid: 4711, gid: 0, home: '/home', shell: '/bin/sh' }],
    ['4711:7', { uid: 4711, gid: 7 }],
  ])('for the user %j', (user, expected) => {
    expect(account(user)).toMatchObject(expected);
  });

  it('is root’s where no file names one', () => {
    expect(account('root', [])).toMatchObject({ uid: 0, gid: 0, home: '/root' });
  });

  it('that does not exist is named, with the image', () => {
    expect(() => account('ada')).toThrow('"debian:13" can\'t be used: it has no user "ada"');
  });
});
