import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { ApiError } from '@spt-flow/shared/api/client';
import type { Transport } from '@spt-flow/tunnel/types';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import { InterruptedError } from '../core/errors.ts';
import { openTunnelTransport } from './tunnel-transport.ts';

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

async function listen(onRequest?: RequestListener): Promise<Server> {
  const server = createServer(onRequest);
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function urlOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('It does not listen');
  return `ws://127.0.0.1:${address.port}/tunnel`;
}

function open(server: Server, signal = new AbortController().signal): Promise<Transport> {
  return openAt(urlOf(server), signal);
}

function openAt(url: string, signal: AbortSignal): Promise<Transport> {
  return openTunnelTransport({ url, headers: {}, protocol: 'spt', correlationId: 'c-1', signal });
}

function accepting(server: Server): Promise<WebSocket> {
  const sockets = new WebSocketServer({ server, handleProtocols: () => 'spt' });
  return new Promise((resolve) => sockets.once('connection', resolve));
}

describe('a tunnel’s transport', () => {
  test('carries bytes both ways, those that came before anybody listened too', async () => {
    const server = await listen();
    const accepted = accepting(server);
    const transport = await open(server);
    const peer = await accepted;
    const atPeer = once(peer, 'message');
    peer.send(Buffer.from('early'));
    transport.send([Buffer.from('to '), Buffer.from('server')]);

    expect(String((await atPeer)[0])).toBe('to server');
    const received = new Promise<string>((resolve) =>
      transport.onBytes((chunk) => resolve(Buffer.from(chunk).toString())),
    );
    expect(await received).toBe('early');
    transport.close('client_left');
    await once(peer, 'close');
  });

  test('rejects with the error that the server sent', async () => {
    const server = await listen((_, response) => {
      response.writeHead(409, { 'content-type': 'application/json' });
      const error = { code: 'workspace_stopped', message: 'It is stopped', correlationId: 'c-1' };
      response.end(JSON.stringify({ error }));
    });

    const outcome = await open(server).catch((error: unknown) => error);
    expect(outcome).toBeInstanceOf(ApiError);
    expect(outcome).toMatchObject({ code: 'workspace_stopped', status: 409 });
  });

  test('rejects when the answer is no error of ours', async () => {
    const server = await listen((_, response) => response.end('<html>'));
    await expect(open(server)).rejects.toMatchObject({ code: 'bad_answer', status: 200 });
  });

  test('rejects when the server proves nothing', async () => {
    const server = await listen();
    server.on('upgrade', (_, socket) => {
      const lines = ['Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Accept: no'];
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\n\r\n`);
    });
    await expect(open(server)).rejects.toMatchObject({ code: 'unreachable', status: 0 });
  });

  test('rejects when nobody listens', async () => {
    const server = await listen();
    const url = urlOf(server);
    server.close();
    await once(server, 'close');
    const attempt = openAt(url, new AbortController().signal);
    await expect(attempt).rejects.toMatchObject({ code: 'unreachable' });
  });

  test('an interruption ends the attempt, and the connection', async () => {
    const waiting = await listen();
    waiting.on('upgrade', () => undefined);
    const first = new AbortController();
    const attempt = open(waiting, first.signal);
    first.abort();
    await expect(attempt).rejects.toBeInstanceOf(InterruptedError);

    const server = await listen();
    const accepted = accepting(server);
    const second = new AbortController();
    const transport = await open(server, second.signal);
    const gone = once(await accepted, 'close');
    const closed = new Promise((resolve) => transport.onClose(resolve));
    second.abort();
    await Promise.all([gone, closed]);
  });
});
