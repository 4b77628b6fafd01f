import { describe, expect, it } from 'vitest';
import type { ListeningSocket } from '../system/listening-sockets.ts';
import { loopbackRoutes } from './loopback-routes.ts';

const OWN = 1;
const FOREIGN = 2;

function at(address: string, inode: number, port = 3000): ListeningSocket {
  return { address, port, inode };
}

describe('loopbackRoutes', () => {
  it.each<[string, ListeningSocket[], string[]]>([
    ['an own IPv4 socket', [at('127.0.0.1', OWN)], ['127.0.0.1']],
    ['an own IPv6 socket', [at('::1', OWN)], ['::1']],
    ['an own IPv4 wildcard', [at('0.0.0.0', OWN)], ['127.0.0.1']],
    ['an own wildcard of both families', [at('::', OWN)], ['127.0.0.1', '::1']],
    ['an own further address', [at('127.0.0.9', OWN)], ['127.0.0.9']],
    ['a stranger’s socket', [at('127.0.0.1', FOREIGN)], []],
    ['another port', [at('127.0.0.1', OWN, 3001)], []],
    [
      'an own IPv6 socket beside a stranger’s IPv4 socket',
      [at('127.0.0.1', FOREIGN), at('::1', OWN)],
      ['::1'],
    ],
    [
      'an own wildcard that a stranger’s address is preferred to',
      [at('::', OWN), at('127.0.0.1', FOREIGN)],
      ['::1'],
    ],
    [
      'an own wildcard that a stranger’s wildcard of the family is preferred to',
      [at('::', OWN), at('0.0.0.0', FOREIGN)],
      ['::1'],
    ],
    [
      'an own address that is preferred to a stranger’s wildcard',
      [at('0.0.0.0', FOREIGN), at('127.0.0.1', OWN)],
      ['127.0.0.1'],
    ],
    ['a port that a stranger shares', [at('127.0.0.1', OWN), at('127.0.0.1', FOREIGN)], []],
  ])('of %s', (_name, sockets, routes) => {
    expect(loopbackRoutes(sockets, 3000, (inode) => inode === OWN)).toEqual(routes);
  });
});
