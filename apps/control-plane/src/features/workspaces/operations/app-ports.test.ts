import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { chooseAppPort, isPortFree } from './app-ports.ts';

describe('chooseAppPort', () => {
  it('takes the lowest port that no workspace has', async () => {
    expect(await chooseAppPort(new Set([3001, 3003]), async () => true)).toBe(3002);
  });

  it('leaves out ports that something else listens on', async () => {
    expect(await chooseAppPort(new Set([3001]), async (port) => port > 3005)).toBe(3006);
  });

  it('says when the range is used up', async () => {
    await expect(chooseAppPort(new Set(), async () => false)).rejects.toMatchObject({
      code: 'limit_reached',
    });
  });
});

describe('isPortFree', () => {
  it.each(['127.0.0.1', '0.0.0.0'])(
    'is false while something listens on %s, and true after',
    async (host) => {
      const server = createServer().listen(0, host);
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;

      expect(await isPortFree(port)).toBe(false);

      server.close();
      await once(server, 'close');
      expect(await isPortFree(port)).toBe(true);
    },
  );
});
