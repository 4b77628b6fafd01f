import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEgressProxy, type EgressProxy } from './egress-proxy.ts';
import { isPublic, resolvePublic } from './public-address.ts';

let orchard: Server;
let port: number;
let proxy: EgressProxy;

beforeAll(async () => {
  orchard = createServer((incoming, outgoing) =>
    outgoing.end(`${incoming.headers.host} ${incoming.headers['proxy-authorization']}`),
  ).listen(0, '127.0.0.1');
  await once(orchard, 'listening');
  ({ port } = orchard.address() as AddressInfo);
  proxy = await start('127.0.0.0/8');
});
afterAll(async () => {
  await proxy.close();
  orchard.closeAllConnections();
  orchard.close();
});

function start(clients: string): Promise<EgressProxy> {
  return startEgressProxy({
    ...{ address: '127.0.0.1', clients },
    hosts: ['apples.example'],
    resolve: async () => '127.0.0.1',
  });
}

async function get(url: string): Promise<[status: number | undefined, body: string]> {
  const headers = { host: new URL(url).host, 'proxy-authorization': 'secret' };
  const call = request({ host: '127.0.0.1', port: proxy.port, path: url, headers }).end();
  const [answer] = await once(call, 'response');
  return [answer.statusCode, await text(answer)];
}

async function tunnel(authority: string, by = proxy): Promise<string> {
  const socket = connect(by.port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nhost: ${authority}\r\n\r\n`);
  socket.write('GET / HTTP/1.1\r\nhost: inside\r\nconnection: close\r\n\r\n');
  return text(socket).catch(() => '');
}

describe('startEgressProxy', () => {
  it('forwards to a host in the list, without what was meant for the proxy', async () => {
    expect(await get(`http://apples.example:${port}/`)).toEqual([
      200,
      `apples.example:${port} undefined`,
    ]);
  });

  it('tunnels to a host in the list', async () => {
    const answer = await tunnel(`apples.example:${port}`);

    expect(answer).toContain('200 Connection established');
    expect(answer).toContain('inside undefined');
  });

  it.each(['pears.example', 'sub.apples.example', '127.0.0.1', 'apples.example.evil.example'])(
    'refuses %s and says so',
    async (host) => {
      expect(await get(`http://${host}:${port}/`)).toEqual([
        403,
        expect.stringContaining(`${host} is not in the egress list`),
      ]);
      expect(await tunnel(`${host}:${port}`)).toMatch(/^HTTP\/1.1 403.*not in the egress list/s);
    },
  );

  it('serves nobody of another network', async () => {
    const elsewhere = await start('10.9.0.0/16');

    expect(await tunnel(`apples.example:${port}`, elsewhere)).toBe('');
    await elsewhere.close();
  });

  it('takes so many connections and no more, however many a workspace opens', async () => {
    const opened = Array.from({ length: 300 }, () => connect(proxy.port, '127.0.0.1'));
    const refused = new Set<Socket>();
    for (const socket of opened)
      socket.on('error', () => undefined).on('close', () => void refused.add(socket));

    await expect.poll(() => refused.size, { timeout: 20_000 }).toBeGreaterThanOrEqual(300 - 256);
    for (const socket of opened) socket.destroy();
    await expect.poll(async () => (await get(`http://apples.example:${port}/`))[0]).toBe(200);
  });

  it('answers when the host does not', async () => {
    const [status] = await get('http://apples.example:1/');

    expect(status).toBe(403);
  });
});

describe('resolvePublic', () => {
  it('refuses names of this machine', async () => {
    await expect(resolvePublic('localhost')).rejects.toThrow('private network');
  });

  it.each(['10.1.2.3', '169.254.169.254', '172.17.0.1', '192.168.0.1', '127.0.0.2', '0.0.0.0'])(
    'takes %s for private',
    (address) => {
      expect(isPublic(address)).toBe(false);
    },
  );

  it.each(['1.1.1.1', '172.32.0.1', '193.0.0.1'])('takes %s for public', (address) => {
    expect(isPublic(address)).toBe(true);
  });
});
