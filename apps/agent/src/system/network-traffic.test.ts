import { expect, it } from 'vitest';
import { parseTraffic } from './network-traffic.ts';

it('parseTraffic adds up all interfaces but loopback', () => {
  const text = [
    'Inter-|   Receive                            |  Transmit',
    ' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs',
    '    lo: 900 1 0 0 0 0 0 0 900 1 0 0 0 0 0 0',
    '  eth0: 100 1 0 0 0 0 0 0 30 1 0 0 0 0 0 0',
    'eth1:7 1 0 0 0 0 0 0 5 1 0 0 0 0 0 0',
    '',
  ].join('\n');

  expect(parseTraffic(text)).toEqual({ receivedBytes: 107, sentBytes: 35 });
});
