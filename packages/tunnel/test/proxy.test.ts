import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { afterEach, expect, it } from 'vitest';
import { dialNodeSocket } from '../src/websocket/node-socket.ts';
import { connectWebSocket } from '../src/websocket/client.ts';
import { createCertificate } from '../src/testing/certificate.ts';
import { type ConnectProxy, startProxy } from './support/connect-proxy.ts';
import {
  closeOf,
  connectPair,
  nextBytes,
  startServer,
  type TestServer,
} from './support/socket-pair.ts';
import { PROTOCOL } from './support/tunnel-server.ts';

const certificate = createCertificate();
let proxy: ConnectProxy;
let server: TestServer;
afterEach(async () => {
  await proxy.close();
  await server.close();
});

function connectThrough(url: URL, signal?: AbortSignal) {
  return connectWebSocket({
    dial: dialNodeSocket,
    url: server.url,
    protocol: PROTOCOL,
    proxy: url,
    timeoutMs: 5_000,
    ...(signal ? { signal } : {}),
  });
}

it.each<[string, typeof certificate | undefined, string | undefined]>([
  ['ws', undefined, undefined],
  ['wss', certificate, undefined],
  ['wss, with credentials,', certificate, 'user:p%40ss%3Aword'],
])('%s passes a proxy', async (_name, identity, login) => {
  proxy = await startProxy(login && decodeURIComponent(login));
  server = await startServer(identity);
  const url = new URL(proxy.url);
  if (login) [url.username = '', url.password = ''] = login.split(/:(.*)/);
  const { connection, socket } = await connectPair(server, { proxy: url, ca: identity?.cert });
  socket.on('message', (data, binary) => socket.send(data, { binary }));
  const message = Buffer.alloc(1_000_000, 'abc');
  const answer = nextBytes(connection, message.length);
  connection.send([message]);

  expect(message.equals(await answer)).toBe(true);
  expect(proxy.requests.map(([authority]) => authority)).toEqual([new URL(server.url).host]);
  expect(connection.exportChannelBinding()?.length).toBe(identity && 32);
});

it('a connection that the proxy cuts is lost', async () => {
  proxy = await startProxy();
  server = await startServer(certificate);
  const { connection } = await connectPair(server, { proxy: proxy.url, ca: certificate.cert });
  proxy.cut();

  expect(await closeOf(connection)).toMatch(/connection lost|ECONNRESET/);
});

it('a proxy that wants other credentials is named by its status', async () => {
  proxy = await startProxy('user:secret');
  server = await startServer();

  const attempt = connectThrough(new URL(`http://user:wrong@${proxy.url.host}`));

  await expect(attempt).rejects.toMatchObject({ code: 'proxy_407' });
});

it('a proxy that cannot reach the target is named by its status', async () => {
  proxy = await startProxy();
  server = await startServer();
  const { url } = server;
  await server.close();
  server = { ...(await startServer()), url };

  await expect(connectThrough(proxy.url)).rejects.toMatchObject({ code: 'proxy_502' });
});

it('a certificate is checked behind a proxy too', async () => {
  proxy = await startProxy();
  server = await startServer(certificate);

  await expect(connectThrough(proxy.url)).rejects.toMatchObject({ code: 'connect_failed' });
});

it('no proxy is a failed connection, a silent one can be given up', async () => {
  proxy = await startProxy();
  server = await startServer();
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const url = new URL(`http://127.0.0.1:${(silent.address() as AddressInfo).port}`);
  const abort = new AbortController();
  const attempt = connectThrough(url, abort.signal);
  await once(silent, 'connection');
  abort.abort();

  await expect(attempt).rejects.toMatchObject({ code: 'cancelled' });
  await new Promise((resolve) => silent.close(resolve));
  await expect(connectThrough(url)).rejects.toMatchObject({ code: 'connect_failed' });
});
