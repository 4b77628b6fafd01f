import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createListeningSockets, parseTable } from './listening-sockets.ts';

const HEADER =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';

function line(local: string, state: string, inode = 7): string {
  return `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000  1000        0 ${inode} 1 0000000000000000 100 0 0 10 0`;
}

describe('parseTable', () => {
  it.each([
    ['0100007F:0BB8', { address: '127.0.0.1', port: 3000, inode: 7 }],
    ['00000000:1F90', { address: '0.0.0.0', port: 8080, inode: 7 }],
    ['0504007F:0050', { address: '127.0.4.5', port: 80, inode: 7 }],
    ['00000000000000000000000000000000:0BB8', { address: '::', port: 3000, inode: 7 }],
    ['00000000000000000000000001000000:0BB8', { address: '::1', port: 3000, inode: 7 }],
    ['0000000000000000FFFF00000100007F:0BB8', { address: '127.0.0.1', port: 3000, inode: 7 }],
  ])('reads %s', (local, socket) => {
    expect(parseTable(`${HEADER}\n${line(local, '0A')}\n`)).toEqual([socket]);
  });

  it.each([
    ['an established connection', line('0100007F:0BB8', '01')],
    ['an address of the network', line('0501A8C0:0BB8', '0A')],
    ['an IPv6 address of the network', line('B80D0120000000000000000001000000:0BB8', '0A')],
    ['a socket without an inode', line('0100007F:0BB8', '0A', 0)],
    ['a torn line', '   0: 0100007F:0B'],
    ['nothing', ''],
  ])('leaves out %s', (_name, text) => {
    expect(parseTable(`${HEADER}\n${text}\n`)).toEqual([]);
  });
});

describe('the listening sockets of this machine', () => {
  it('hold what listens, and let go of what stopped', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const listening = createListeningSockets();

    expect(listening()).toContainEqual({ address: '127.0.0.1', port, inode: expect.any(Number) });
    await new Promise((resolve) => server.close(resolve));
    expect(listening().map((socket) => socket.port)).not.toContain(port);
  });
});
