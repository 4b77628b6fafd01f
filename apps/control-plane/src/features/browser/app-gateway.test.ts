import { once } from 'node:events';
import { connect } from 'node:net';
import { Duplex, PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openAppGateway, PASS_HEADER, type AppGateway } from './app-gateway.ts';

let gateway: AppGateway;
let app: Duplex;

beforeEach(async () => {
  app = new PassThrough();
  gateway = await openAppGateway(async () => app);
});
afterEach(() => gateway.close());

async function send(head: string) {
  const socket = connect(gateway.port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(`${head}\r\n\r\n`);
  return socket;
}

async function isStillServing(): Promise<boolean> {
  const socket = await send('GET / HTTP/1.1\r\nHost: app.localhost\r\nConnection: close');
  const [answer] = await once(socket, 'data');
  socket.destroy();
  return String(answer).startsWith('HTTP/1.1 403');
}

it('outlives a browser that resets a tunnel which it is refused', async () => {
  const socket = await send('CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443');
  const [answer] = await once(socket, 'data');
  expect(String(answer)).toContain('403');

  socket.resetAndDestroy();
  await once(socket, 'close');

  expect(await isStillServing()).toBe(true);
});

it('outlives an app that answers with a status that is none', async () => {
  app = new Duplex({
    read: () => undefined,
    write(_chunk, _encoding, done) {
      this.push('HTTP/1.1 042 Strange\r\nContent-Length: 0\r\n\r\n');
      done();
    },
  });
  const socket = await send(
    `GET / HTTP/1.1\r\nHost: app.localhost\r\n${PASS_HEADER}: ${gateway.pass}`,
  );
  socket.resume();
  await once(socket, 'close');

  expect(await isStillServing()).toBe(true);
});

it('outlives an app whose connection fails more than once', async () => {
  const socket = await send(
    `GET / HTTP/1.1\r\nHost: app.localhost\r\n${PASS_HEADER}: ${gateway.pass}`,
  );
  const ended = once(socket, 'close');
  await once(app, 'data');

  app.destroy(new Error('reset'));
  await ended;
  app.emit('error', new Error('reset again'));

  expect(await isStillServing()).toBe(true);
});
