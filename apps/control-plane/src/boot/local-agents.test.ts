import { once } from 'node:events';
import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { claimPort } from './listen.ts';
import { listenForLocalAgents, needsOwnListener } from './local-agents.ts';

describe('the listener for agents on this machine', () => {
  it.each([
    [{ host: '127.0.0.1', tls: undefined }, false],
    [{ host: '0.0.0.0', tls: undefined }, false],
    [{ host: '10.0.0.7', tls: undefined }, true],
    [{ host: '127.0.0.1', tls: {} }, true],
  ])('is for %j needed: %s', (config, expected) => {
    expect(needsOwnListener(config)).toBe(expected);
  });

  it('passes on upgrades and serves nothing else', async () => {
    const port = await claimPort({ port: 0, host: '127.0.0.1' });
    const upgraded: string[] = [];
    const listener = await listenForLocalAgents(port, ({ url }, socket) => {
      upgraded.push(url ?? '');
      socket.end('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
    });

    expect((await fetch(`http://127.0.0.1:${port}/api/v1/health`)).status).toBe(404);
    const headers = { connection: 'upgrade', upgrade: 'websocket' };
    const asked = request({ port, host: '127.0.0.1', path: '/here', headers }).end();
    await once(asked, 'response');
    expect(upgraded).toEqual(['/here']);

    await listener.close();
  });
});
