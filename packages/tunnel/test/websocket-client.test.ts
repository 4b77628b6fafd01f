import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dialNodeSocket } from '../src/websocket/node-socket.ts';
import { authorityOf, connectWebSocket, isLoopbackUrl } from '../src/websocket/client.ts';
import { createCertificate } from '../src/testing/certificate.ts';
import {
  closeOf,
  connectPair,
  nextBytes,
  nextText,
  startServer,
  type TestServer,
} from './support/socket-pair.ts';
import { PROTOCOL } from './support/tunnel-server.ts';

let server: TestServer;
beforeEach(async () => {
  server = await startServer();
});
afterEach(() => server.close());

describe('messages', () => {
  it.each([1, 2, 3, 4, 5, 125, 126, 127, 65_535, 65_536, 65_537, 1_000_003])(
    'of %i bytes arrive unchanged both ways',
    async (length) => {
      const { connection, socket } = await connectPair(server);
      const message = Buffer.from(Array.from({ length }, (_, index) => (index * 7) % 251));
      socket.on('message', (data, binary) => socket.send(data, { binary }));
      const cut = Math.floor(length / 3);

      const echoed = nextBytes(connection, length);
      connection.send([message.subarray(0, cut), message.subarray(cut)]);

      expect(message.equals(await echoed)).toBe(true);
    },
  );

  it('that are sealed arrive unchanged without a mask, of any length', async () => {
    const { connection, socket } = await connectPair(server, { isSealed: true });
    socket.on('message', (data, binary) => socket.send(data, { binary }));

    for (const length of [1, 126, 70_000]) {
      const echoed = nextBytes(connection, length);
      connection.send([Buffer.alloc(length, 'sealed')]);
      expect(Buffer.alloc(length, 'sealed').equals(await echoed)).toBe(true);
    }
  });

  it('of text arrive as text', async () => {
    const { connection, socket } = await connectPair(server);
    socket.on('message', (data, binary) => socket.send(data, { binary }));
    connection.sendText('grüße 👋');

    expect(await nextText(connection)).toBe('grüße 👋');
  });

  it('of no bytes are taken', async () => {
    const { connection, socket } = await connectPair(server);
    const received = once(socket, 'message');
    connection.send([]);
    socket.send(Buffer.alloc(0));
    socket.send('after');

    expect(await nextText(connection)).toBe('after');
    expect((await received)[0]).toHaveLength(0);
  });

  it('in fragments are joined, also with a ping between them', async () => {
    const { connection, socket } = await connectPair(server);
    const ponged = once(socket, 'pong');
    socket.send(Buffer.from('one '), { fin: false });
    socket.ping('between');
    socket.send(Buffer.from('two '), { fin: false });
    socket.send(Buffer.from('three'), { fin: true });

    expect((await nextBytes(connection, 13)).toString()).toBe('one two three');
    expect(String((await ponged)[0])).toBe('between');
  });

  it('that come before their handler wait for it, in order', async () => {
    const { connection, socket } = await connectPair(server);
    for (const word of ['one', 'two', 'three']) socket.send(Buffer.from(word));
    const ponged = once(socket, 'pong');
    socket.ping();
    await ponged;

    expect((await nextBytes(connection, 11)).toString()).toBe('onetwothree');
  });

  it('say stop when the server does not read, and go on when it does', async () => {
    const { connection, socket } = await connectPair(server);
    socket.pause();
    let sent = 0;
    while (connection.send([Buffer.alloc(65_536)])) sent += 1;
    let received = 0;
    socket.on('message', (data: Buffer) => (received += data.length));
    const drained = new Promise<void>((resolve) => connection.onDrain(resolve));
    socket.resume();

    await drained;
    connection.close('done');
    await once(socket, 'close');
    expect(received).toBe((sent + 1) * 65_536);
  });

  it('never carry the same mask twice in a row', async () => {
    const masks = new Set<string>();
    const raw = await startRawServer((socket, chunk) => {
      if (chunk[0] === 0x82) masks.add(chunk.subarray(2, 6).toString('hex'));
      socket.write(Buffer.from([0x82, 1, 0]));
    });
    const connection = await connectWebSocket({
      dial: dialNodeSocket,
      url: raw.url,
      protocol: PROTOCOL,
      timeoutMs: 5_000,
    });
    for (let count = 0; count < 20; count += 1) {
      const answer = nextBytes(connection, 1);
      connection.send([Buffer.from('same')]);
      await answer;
    }
    await raw.close();

    expect(masks.size).toBe(20);
  });
});

describe('closing', () => {
  it('by the client reaches the server and comes back', async () => {
    const { connection, socket } = await connectPair(server);
    const closed = once(socket, 'close');
    connection.close('finished');

    expect(await closeOf(connection)).toBe('finished');
    expect((await closed)[0]).toBe(1000);
  });

  it('by the server tells why', async () => {
    const { connection, socket } = await connectPair(server);
    socket.close(1008, 'not wanted');

    expect(await closeOf(connection)).toBe('not wanted');
  });

  it('without a word is a lost connection, also for who asks later', async () => {
    const { connection, socket } = await connectPair(server);
    const first = closeOf(connection);
    socket.terminate();

    expect(await first).toBe('connection lost');
    expect(await closeOf(connection)).toBe('connection lost');
    expect(connection.sendText('late')).toBe(false);
  });

  it('by the client tells why, as far as a close frame holds it', async () => {
    const { connection, socket } = await connectPair(server);
    const closed = once(socket, 'close');
    connection.close(`${'ü'.repeat(100)} too long for a close frame`);

    expect(String((await closed)[1])).toBe('ü'.repeat(61));
  });
});

interface RawServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Answers the upgrade rightly, then leaves the bytes to the test. */
async function startRawServer(
  onChunk: (socket: Socket, chunk: Buffer) => void,
  answer?: (key: string) => string,
): Promise<RawServer> {
  const sockets = new Set<Socket>();
  const tcp: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', (request) => {
      const key = /sec-websocket-key: (.*)\r/i.exec(request.toString())?.[1] ?? '';
      const accept = createHash('sha1')
        .update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
        .digest('base64');
      socket.write((answer ?? upgradeAnswer)(accept));
      socket.on('data', (chunk: Buffer) => onChunk(socket, chunk));
    });
  });
  tcp.listen(0, '127.0.0.1');
  await once(tcp, 'listening');
  return {
    url: `ws://127.0.0.1:${(tcp.address() as AddressInfo).port}/`,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => tcp.close(resolve));
    },
  };
}

function upgradeAnswer(accept: string): string {
  return [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${accept}`,
    `Sec-WebSocket-Protocol: ${PROTOCOL}`,
    '\r\n',
  ].join('\r\n');
}

describe('a server that is not trusted', () => {
  it.each<[string, (accept: string) => string, string]>([
    ['answers 503', () => 'HTTP/1.1 503 Busy\r\n\r\n', 'http_503'],
    ['speaks no HTTP', () => 'SSH-2.0-Test\r\n\r\n\r\n', 'connect_failed'],
    ['has a wrong accept key', () => upgradeAnswer('AAAA'), 'connect_failed'],
    [
      'chooses another protocol',
      (accept) => upgradeAnswer(accept).replace(PROTOCOL, 'other'),
      'connect_failed',
    ],
    [
      'adds an extension',
      (accept) =>
        upgradeAnswer(accept).replace('Upgrade:', 'Sec-WebSocket-Extensions: x\r\nUpgrade:'),
      'connect_failed',
    ],
    [
      'does not upgrade',
      (accept) => upgradeAnswer(accept).replace('websocket', 'h2c'),
      'connect_failed',
    ],
    [
      'sends a head without end',
      () => `HTTP/1.1 101 OK\r\n${'x'.repeat(20_000)}`,
      'connect_failed',
    ],
  ])('is refused when it %s', async (_name, answer, code) => {
    const raw = await startRawServer(() => undefined, answer);

    const attempt = connectWebSocket({
      dial: dialNodeSocket,
      url: raw.url,
      protocol: PROTOCOL,
      timeoutMs: 5_000,
    });

    await expect(attempt).rejects.toMatchObject({ code });
    await raw.close();
  });

  it.each<[string, number[]]>([
    ['a masked frame', [0x82, 0x81, 1, 2, 3, 4, 5]],
    ['a reserved bit', [0xc2, 0x01, 0]],
    ['an unknown opcode', [0x83, 0x01, 0]],
    ['a fragmented ping', [0x09, 0x00]],
    ['a long ping', [0x89, 0x7e, 0, 200]],
    ['a continuation of nothing', [0x80, 0x01, 0]],
    ['a message inside a message', [0x02, 0x01, 0, 0x82, 0x01, 0]],
    ['a text beyond the limit', [0x81, 0x7f, 0, 0, 0, 0, 0, 1, 0, 1]],
    ['a text that is not UTF-8', [0x81, 0x01, 0xff]],
    ['a close code that is reserved', [0x88, 0x02, 3, 0xed]],
  ])('loses the connection over %s', async (_name, bytes) => {
    const raw = await startRawServer((socket) => socket.write(Buffer.from(bytes)));
    const connection = await connectWebSocket({
      dial: dialNodeSocket,
      url: raw.url,
      protocol: PROTOCOL,
      timeoutMs: 5_000,
    });
    connection.sendText('go');

    expect(await closeOf(connection)).not.toBe('connection lost');
    await raw.close();
  });

  it('does not keep the client waiting for ever', async () => {
    const raw = await startRawServer(
      () => undefined,
      () => '',
    );

    const attempt = connectWebSocket({
      dial: dialNodeSocket,
      url: raw.url,
      protocol: PROTOCOL,
      timeoutMs: 50,
    });

    await expect(attempt).rejects.toMatchObject({ code: 'connect_timeout' });
    await raw.close();
  });
});

describe('connecting', () => {
  it('sends path, query and headers', async () => {
    const { connection, request } = await connectPair(server, { headers: { 'x-test': 'yes' } });

    expect(request.url).toBe('/path?query=1');
    expect(request.headers['x-test']).toBe('yes');
    expect(connection.exportChannelBinding()).toBeUndefined();
  });

  it('can be cancelled, before and meanwhile', async () => {
    const raw = await startRawServer(
      () => undefined,
      () => '',
    );
    const options = { dial: dialNodeSocket, url: raw.url, protocol: PROTOCOL, timeoutMs: 5_000 };
    const abort = new AbortController();
    const attempt = connectWebSocket({ ...options, signal: abort.signal });
    abort.abort();

    await expect(attempt).rejects.toMatchObject({ code: 'cancelled' });
    const late = connectWebSocket({ ...options, signal: abort.signal });
    await expect(late).rejects.toMatchObject({ code: 'cancelled' });
    await raw.close();
  });

  it('fails where nobody listens', async () => {
    const raw = await startRawServer(() => undefined);
    await raw.close();

    const attempt = connectWebSocket({
      dial: dialNodeSocket,
      url: raw.url,
      protocol: PROTOCOL,
      timeoutMs: 5_000,
    });

    await expect(attempt).rejects.toMatchObject({ code: 'connect_failed' });
  });

  it('refuses headers with line breaks and other schemes', async () => {
    const options = { dial: dialNodeSocket, protocol: PROTOCOL, timeoutMs: 5_000 };
    const smuggled = connectWebSocket({ ...options, url: server.url, headers: { a: 'b\r\nc: d' } });

    await expect(smuggled).rejects.toMatchObject({ code: 'bad_header' });
    const other = connectWebSocket({ ...options, url: 'http://127.0.0.1/' });
    await expect(other).rejects.toMatchObject({ code: 'bad_url' });
  });
});

describe('TLS', () => {
  it('carries messages', async () => {
    const certificate = createCertificate();
    const secure = await startServer(certificate);
    const { connection, socket } = await connectPair(secure, { ca: certificate.cert });
    socket.on('message', (data, binary) => socket.send(data, { binary }));
    const message = Buffer.alloc(3_000_000, 'abc');
    connection.send([message]);

    expect(message.equals(await nextBytes(connection, message.length))).toBe(true);
    await secure.close();
  });

  it('refuses a certificate that nobody vouches for', async () => {
    const secure = await startServer(createCertificate());

    const attempt = connectWebSocket({
      dial: dialNodeSocket,
      url: secure.url,
      protocol: PROTOCOL,
      timeoutMs: 5_000,
    });

    await expect(attempt).rejects.toMatchObject({ code: 'connect_failed' });
    await secure.close();
  });
});

describe('URLs', () => {
  it.each([
    ['ws://127.0.0.1:80/', true],
    ['ws://127.9.9.9/', true],
    ['ws://localhost:3000/', true],
    ['ws://[::1]:3000/', true],
    ['ws://localhost.example.com/', false],
    ['ws://127.0.0.1.example.com/', false],
    ['ws://10.0.0.1/', false],
    ['ws://[::2]/', false],
  ])('%s is on the own machine: %s', (url, expected) => {
    expect(isLoopbackUrl(url)).toBe(expected);
  });

  it.each([
    ['wss://example.com/path', 'example.com:443'],
    ['ws://example.com', 'example.com:80'],
    ['https://Example.com:8443', 'example.com:8443'],
    ['ws://[::1]:3000/', '[::1]:3000'],
  ])('%s has the authority %s', (url, expected) => {
    expect(authorityOf(url)).toBe(expected);
  });
});
