import { once } from 'node:events';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import { hasIpv6Loopback, socketActivity } from './socket-activity.ts';

describe('socketActivity', () => {
  it.each(['127.0.0.1', ...(hasIpv6Loopback() ? ['::1'] : [])])(
    'changes when a socket begins to listen at %s',
    async (address) => {
      const before = socketActivity();
      const server = createServer().listen(0, address);
      await once(server, 'listening');

      expect(before).toBeDefined();
      expect(socketActivity()).not.toBe(before);
      server.close();
    },
  );
});

describe('hasIpv6Loopback', () => {
  it('agrees with the interfaces of the system', () => {
    const addresses = Object.values(networkInterfaces()).flat();

    expect(hasIpv6Loopback()).toBe(addresses.some((address) => address?.address === '::1'));
  });
});
