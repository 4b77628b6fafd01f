import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { Connection } from '../src/connection.ts';
import { closeOf, nextBytes, nextText } from './support/socket-pair.ts';
import { PROTOCOL, startTunnelServer, type TunnelServer } from './support/tunnel-server.ts';

let server: TunnelServer;
beforeEach(async () => {
  server = await startTunnelServer();
});
afterEach(() => server.close());

async function join(): Promise<{ client: WebSocket; connection: Connection }> {
  const client = new WebSocket(server.url, PROTOCOL, { perMessageDeflate: false });
  const [{ connection }] = await Promise.all([server.next(), once(client, 'open')]);
  return { client, connection };
}

describe('a WebSocket server', () => {
  it.each([1, 3, 125, 126, 127, 65_535, 65_536, 1_000_003])(
    'exchanges %i bytes with ws unchanged',
    async (length) => {
      const { client, connection } = await join();
      const message = Buffer.from(Array.from({ length }, (_, index) => (index * 7) % 251));
      const echoed = once(client, 'message');
      connection.onBytes((chunk) => connection.send([Buffer.from(chunk)]));
      const received = collect(client, length);
      client.send(message);

      expect(message.equals(await received)).toBe(true);
      expect((await echoed)[1]).toBe(true);
    },
  );

  it('sends several parts as one message', async () => {
    const { client, connection } = await join();
    const message = once(client, 'message');
    connection.send([Buffer.from('one '), Buffer.from('two '), Buffer.from('three')]);

    expect(String((await message)[0])).toBe('one two three');
  });

  it('says that the parts may be reused once they were sent', async () => {
    const { connection } = await join();

    await new Promise<void>((resolve) => connection.send([Buffer.alloc(1_000_000)], resolve));
  });

  it('exchanges text, pings and fragments', async () => {
    const { client, connection } = await join();
    const ponged = once(client, 'pong');
    client.send('grüße ', { fin: false });
    client.ping('between');
    client.send('👋', { fin: true });

    expect(await nextText(connection)).toBe('grüße 👋');
    expect(String((await ponged)[0])).toBe('between');
  });

  it('keeps what comes before its handlers, and only so much', async () => {
    const { client, connection } = await join();
    client.send(Buffer.from('early'));
    client.send('text');
    expect(await nextText(connection)).toBe('text');
    expect((await nextBytes(connection, 5)).toString()).toBe('early');

    const { client: loud } = await join();
    loud.send(Buffer.alloc(200_000));
    expect((await once(loud, 'close'))[0]).toBe(1002);
  });

  it('says stop when the client does not read, and goes on when it does', async () => {
    const { client, connection } = await join();
    client.pause();
    let sent = 1;
    while (connection.send([Buffer.alloc(65_536)])) sent += 1;
    const drained = new Promise<void>((resolve) => connection.onDrain(resolve));
    const received = collect(client, sent * 65_536);
    client.resume();

    await drained;
    expect((await received).length).toBe(sent * 65_536);
  });

  it('closes with a reason that the client reads', async () => {
    const { client, connection } = await join();
    const closed = once(client, 'close');
    connection.close('not wanted');

    expect((await closed).map(String)).toEqual(['1000', 'not wanted']);
    expect(await closeOf(connection)).toBe('not wanted');
    expect(connection.sendText('late')).toBe(false);
  });

  it('hears why the client closes', async () => {
    const { client, connection } = await join();
    client.close(4_000, 'bye');

    expect(await closeOf(connection)).toBe('bye');
    expect((await once(client, 'close'))[0]).toBe(1000);
  });

  it('closes on what is too long with the code for it', async () => {
    const { client } = await join();
    client.send('x'.repeat(200_000));

    expect((await once(client, 'close'))[0]).toBe(1009);
  });
});

describe('an upgrade', () => {
  const RIGHT = {
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Protocol': `other, ${PROTOCOL}`,
  };

  async function ask(method: string, headers: Record<string, string>): Promise<string> {
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.end(`${method} / HTTP/1.1\r\nHost: test\r\n${lines.join('')}\r\n`);
    return text(socket);
  }

  it('is answered with the proof of RFC 6455', async () => {
    const answer = await ask('GET', RIGHT);

    expect(answer).toContain('101 Switching Protocols');
    expect(answer).toContain('Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
    expect(answer).toContain(`Sec-WebSocket-Protocol: ${PROTOCOL}\r\n`);
  });

  it.each<[string, string, Record<string, string>]>([
    ['another method', 'POST', RIGHT],
    ['another version', 'GET', { ...RIGHT, 'Sec-WebSocket-Version': '8' }],
    ['a short key', 'GET', { ...RIGHT, 'Sec-WebSocket-Key': 'AAAA' }],
    ['another upgrade', 'GET', { ...RIGHT, Upgrade: 'h2c' }],
    ['another protocol', 'GET', { ...RIGHT, 'Sec-WebSocket-Protocol': 'other' }],
  ])('with %s is refused', async (_name, method, headers) => {
    expect(await ask(method, headers)).toContain('400 Bad Request');
  });
});

function collect(client: WebSocket, byteLength: number): Promise<Buffer> {
  return new Promise((resolve) => {
    const messages: Buffer[] = [];
    let received = 0;
    client.on('message', (data: Buffer) => {
      messages.push(data);
      received += data.length;
      if (received >= byteLength) resolve(Buffer.concat(messages));
    });
  });
}
