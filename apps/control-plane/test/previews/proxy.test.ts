import { once } from 'node:events';
import { createServer, request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket, WebSocketServer } from 'ws';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answerTo, HOST } from './support/ask.ts';
import { openPreviewStage, PROJECT, type PreviewStage } from './support/preview-stage.ts';

let stage: PreviewStage;

beforeEach(async () => {
  stage = await openPreviewStage();
});
afterEach(() => stage.close());

function chunksOf(stream: IncomingMessage): AsyncIterable<Buffer> {
  return stream;
}

describe('proxy', () => {
  it('carries method, path, body, status and repeated headers', async () => {
    await stage.startApp(async (incoming, response) => {
      const body = await buffer(incoming);
      response.writeHead(201, [
        'Set-Cookie',
        'a=1; Domain=preview.localhost; Path=/',
        'Set-Cookie',
        'b=2',
        'X-Seen',
        `${incoming.method} ${incoming.url} ${incoming.headers.host}`,
      ]);
      response.end(body);
    });

    const answer = await stage.ask({ path: '/entries?x=1', method: 'POST', body: 'hello' });

    expect(answer).toMatchObject({ status: 201, body: 'hello' });
    expect(answer.headers['x-seen']).toBe(`POST /entries?x=1 ${HOST}`);
    expect(answer.headers['set-cookie']).toEqual(['a=1; Path=/', 'b=2']);
  });

  it('never hands the control plane’s credentials to the app', async () => {
    let seen: IncomingMessage['headers'] = {};
    await stage.startApp((incoming, response) => {
      seen = incoming.headers;
      response.end();
    });

    await stage.ask({
      headers: {
        authorization: 'Bearer sptf_api_secret',
        cookie: 'theme=dark; spt_flow_session=secret',
        connection: 'close, x-hop',
        'x-hop': 'gone',
      },
    });

    expect(seen).toMatchObject({
      cookie: 'theme=dark',
      'x-forwarded-host': HOST,
      'x-forwarded-for': '127.0.0.1',
    });
    expect(seen.authorization).toBeUndefined();
    expect(seen['x-hop']).toBeUndefined();
    expect(JSON.stringify(seen)).not.toContain('secret');
  });

  it('reuses its connection to the app', async () => {
    await stage.startApp((_incoming, response) => void response.end('ok'));

    await stage.ask();
    await stage.ask();

    expect(stage.connections()).toBe(1);
  });

  it('asks again when the app closed a pooled connection', async () => {
    await stage.startRawApp((socket) => {
      let answered = false;
      socket.on('data', () => {
        if (answered) return socket.destroy();
        answered = true;
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      });
    });

    expect((await stage.ask()).body).toBe('ok');
    expect((await stage.ask()).body).toBe('ok');
    expect(stage.connections()).toBe(2);
  });

  it('does not ask over a pooled connection whose app has ended', async () => {
    await stage.startRawApp((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
        setTimeout(() => socket.end(), 20);
      });
    });

    expect((await stage.ask()).body).toBe('ok');
    await sleep(200);
    expect((await stage.ask()).body).toBe('ok');
    expect(stage.connections()).toBe(2);
  });

  it('streams 100 MB both ways with little memory', async () => {
    const total = 100 * 1024 * 1024;
    const block = Buffer.alloc(1024 * 1024, 'x');
    await stage.startApp(async (incoming, response) => {
      let received = 0;
      for await (const chunk of chunksOf(incoming)) received += chunk.length;
      response.setHeader('x-received', received);
      for (let sent = 0; sent < total; sent += block.length) {
        if (!response.write(block)) await once(response, 'drain');
      }
      response.end();
    });
    const before = process.memoryUsage().arrayBuffers;
    const outgoing = request({
      host: '127.0.0.1',
      port: stage.port,
      method: 'POST',
      agent: false,
      headers: { host: HOST },
    });
    for (let sent = 0; sent < total; sent += block.length) {
      if (!outgoing.write(block)) await once(outgoing, 'drain');
    }
    outgoing.end();
    const answer = await answerTo(outgoing);
    let received = 0;
    let peak = 0;
    for await (const chunk of chunksOf(answer)) {
      received += chunk.length;
      peak = Math.max(peak, process.memoryUsage().arrayBuffers - before);
    }

    expect(answer.headers['x-received']).toBe(String(total));
    expect(received).toBe(total);
    expect(peak).toBeLessThan(64 * 1024 * 1024);
  }, 60_000);

  it('makes the app wait for a browser that does not read', async () => {
    const block = Buffer.alloc(256 * 1024, 'x');
    let sent = 0;
    let ended = false;
    await stage.startApp((_incoming, response) => {
      response.on('close', () => (ended = true));
      const fill = () => {
        do sent += block.length;
        while (sent < 200 * 1024 * 1024 && response.write(block));
      };
      response.on('drain', fill);
      fill();
    });
    const browser = connect({ host: '127.0.0.1', port: stage.port });
    browser.write(`GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
    browser.pause();

    let last = -1;
    await expect
      .poll(() => [last, (last = sent)], { interval: 300, timeout: 10_000 })
      .toSatisfy(([previous, current]: number[]) => previous === current && (current ?? 0) > 0);
    expect(sent).toBeLessThan(60 * 1024 * 1024);
    browser.destroy();
    await expect.poll(() => ended).toBe(true);
  }, 20_000);

  it('passes a WebSocket on in both directions', async () => {
    const app = createServer();
    new WebSocketServer({ server: app }).on('connection', (socket, incoming) => {
      socket.send(String(incoming.headers.cookie));
      socket.on('message', (data: Buffer) => socket.send(`echo ${data.toString()}`));
    });
    await stage.showServer(app);
    const socket = new WebSocket(`ws://127.0.0.1:${stage.port}/live`, {
      headers: { host: HOST, cookie: 'spt_flow_session=secret; a=1' },
    });
    const messages: string[] = [];
    socket.on('message', (data: Buffer) => {
      messages.push(data.toString());
      if (messages.length === 1) socket.send('hi');
    });

    await expect.poll(() => messages).toEqual(['a=1', 'echo hi']);
    socket.terminate();
  });

  it('reports requests and messages as use, and not pings that keep a page connected', async () => {
    const app = createServer((_incoming, response) => void response.end('ok'));
    const pongs: unknown[] = [];
    new WebSocketServer({ server: app }).on('connection', (socket) => {
      socket.on('pong', () => pongs.push(0));
      socket.on('message', () => socket.ping());
    });
    await stage.showServer(app);
    expect(await stage.probe.isAnswering(PROJECT)).toBe(true);
    expect(stage.uses).toEqual([]);

    await stage.ask();
    expect(stage.uses).toHaveLength(1);
    const socket = new WebSocket(`ws://127.0.0.1:${stage.port}/`, { headers: { host: HOST } });
    await once(socket, 'open');
    expect(stage.uses).toHaveLength(2);
    socket.send('hi');

    await expect.poll(() => pongs).toHaveLength(1);
    expect(stage.uses).toHaveLength(3);
    socket.terminate();
  });

  it('ends the connection of an upgrade that the app did not take', async () => {
    await stage.startApp((incoming, response) => void response.end(`plain ${incoming.url}`));
    const socket = connect({ host: '127.0.0.1', port: stage.port });
    socket.write(
      `GET /one HTTP/1.1\r\nHost: ${HOST}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    );
    let text = '';
    socket.on('data', (chunk) => {
      text += String(chunk);
      socket.write(`GET /two HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
    });
    socket.on('error', () => undefined);

    await once(socket, 'close');

    expect(text).toMatch(/connection: close/i);
    expect(text).not.toContain('/two');
  });
});
