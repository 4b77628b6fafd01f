import { once } from 'node:events';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answerTo, HOST } from './support/ask.ts';
import { openPreviewStage, type PreviewStage } from './support/preview-stage.ts';

let stage: PreviewStage;

beforeEach(async () => {
  stage = await openPreviewStage();
});
afterEach(() => stage.close());

/** Sends bytes as they are, and resolves with everything that came back until the connection ended. */
async function talk(bytes: string): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port: stage.port });
  socket.on('error', () => undefined);
  socket.write(bytes, 'latin1');
  return text(socket).catch(() => '');
}

function head(method: string, path: string, lines: readonly string[] = []): string {
  return [`${method} ${path} HTTP/1.1`, `Host: ${HOST}`, ...lines, '', ''].join('\r\n');
}

describe('requests that could be read in two ways', () => {
  it.each([
    ['a length and chunks', ['Content-Length: 5', 'Transfer-Encoding: chunked']],
    ['two lengths', ['Content-Length: 5', 'Content-Length: 6']],
    ['a length with a sign', ['Content-Length: +5']],
    ['a list of lengths', ['Content-Length: 5, 5']],
    ['another coding after chunks', ['Transfer-Encoding: chunked, identity']],
    ['a coding that looks like chunks', ['Transfer-Encoding: xchunked']],
    ['a folded header', ['X: a', ' Transfer-Encoding: chunked']],
    ['a space before the colon', ['Content-Length : 5']],
    ['a zero byte', ['X: a\0b']],
  ])('%s', async (_name, lines) => {
    const paths: string[] = [];
    await stage.startApp((incoming, response) => {
      paths.push(String(incoming.url));
      response.end();
    });

    const answers = await talk(
      `${head('POST', '/first', lines)}0\r\n\r\n${head('GET', '/second')}`,
    );

    expect(answers).toMatch(/^HTTP\/1\.1 400 /);
    expect(paths).not.toContain('/second');
  });

  it.each([
    'close',
    // Headers that the connection names are not passed on; these must be.
    'close, content-length, host',
  ])('never become two requests to the app, with the connection %j', async (connection) => {
    const received: string[] = [];
    await stage.startRawApp((socket) => {
      socket.on('data', (chunk) => {
        received.push(String(chunk));
        socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
      });
    });
    const hidden = head('GET', '/hidden');

    const answers = await talk(
      head('POST', '/shown', [`Content-Length: ${hidden.length}`, `Connection: ${connection}`]) +
        hidden,
    );

    expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200']);
    const wire = received.join('');
    expect(wire).toContain(`Content-Length: ${hidden.length}\r\n`);
    expect(wire.startsWith(`POST /shown HTTP/1.1\r\nHost: ${HOST}\r\n`)).toBe(true);
    expect(wire.endsWith(hidden)).toBe(true);
  });

  it('reach the app with the one host that decided where they go', async () => {
    await stage.startApp(({ rawHeaders }, response) => {
      const hosts = rawHeaders.filter((_value, index) =>
        /^host$/i.test(rawHeaders[index - 1] ?? ''),
      );
      response.end(hosts.join());
    });

    const answers = await talk(head('GET', '/', ['Host: evil.example', 'Connection: close']));

    expect(answers.endsWith(`\r\n${HOST}`)).toBe(true);
  });

  it('are refused in protocols that would carry more of them unseen', async () => {
    await stage.startRawApp((socket) => {
      socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n');
    });

    const answers = await talk(
      head('GET', '/', ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: ']),
    );

    expect(answers).toMatch(/^HTTP\/1\.1 502 /);
    expect(stage.connections()).toBe(0);
  });

  it('are refused when a path can’t be passed on', async () => {
    let requests = 0;
    await stage.startApp((_incoming, response) => {
      requests += 1;
      response.end();
    });

    expect(await talk(head('GET', '/\xe9', ['Connection: close']))).toMatch(/^HTTP\/1\.1 [45]\d\d/);
    expect(requests).toBe(0);
  });
});

describe('limits', () => {
  it('refuses heads that are too long', async () => {
    await stage.startApp((_incoming, response) => void response.end());

    expect(await talk(head('GET', '/', [`X: ${'y'.repeat(20_000)}`]))).toMatch(/^HTTP\/1\.1 431 /);
  });

  it('answers pipelined requests in their order', async () => {
    await stage.startApp((incoming, response) => {
      setTimeout(() => response.end(incoming.url), incoming.url === '/slow' ? 100 : 0);
    });

    const answers = await talk(head('GET', '/slow') + head('GET', '/fast', ['Connection: close']));

    expect(answers.match(/\/(?:slow|fast)$/gm)?.join('')).toMatch(/\/fast/);
    expect(answers.indexOf('/slow')).toBeLessThan(answers.indexOf('/fast'));
  });

  it('serves others while 64 connections are broken off at once', async () => {
    const open = new Set<Socket>();
    await stage.startRawApp((socket) => {
      open.add(socket);
      socket.on('close', () => open.delete(socket));
      socket.on('data', (chunk) => {
        const isQuick = String(chunk).startsWith('GET /quick');
        socket.write(
          `HTTP/1.1 200 OK\r\nContent-Length: ${isQuick ? 5 : 100_000_000}\r\n\r\nhello`,
        );
        if (!isQuick) socket.write(Buffer.alloc(1_000_000));
      });
    });
    const browsers = await Promise.all(
      Array.from({ length: 64 }, async () => {
        const socket = connect({ host: '127.0.0.1', port: stage.port });
        socket.on('error', () => undefined);
        socket.write(head('GET', '/endless'));
        await once(socket, 'data');
        return socket;
      }),
    );

    for (const browser of browsers) browser.resetAndDestroy();

    expect((await stage.ask({ path: '/quick' })).body).toBe('hello');
    await expect.poll(() => open.size).toBeLessThanOrEqual(1);
    expect(stage.errors).toEqual([]);
  });
});

describe('answers', () => {
  it('begin when their head is there, before any body', async () => {
    let send: (text: string) => void = () => undefined;
    await stage.startApp((_incoming, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.flushHeaders();
      send = (event) => void response.write(event);
    });
    const outgoing = request({
      host: '127.0.0.1',
      port: stage.port,
      headers: { host: HOST },
    }).end();

    const answer = await answerTo(outgoing);
    send('data: 1\n\n');

    expect(String((await once(answer, 'data'))[0])).toBe('data: 1\n\n');
    answer.destroy();
  });

  it('to HEAD have the length, and nothing after it', async () => {
    await stage.startApp((_incoming, response) => {
      response.setHeader('Content-Length', 1_000).end();
    });

    const answer = await stage.ask({ method: 'HEAD' });

    expect(answer).toMatchObject({ status: 200, body: '' });
    expect(answer.headers['content-length']).toBe('1000');
    expect((await stage.ask({ method: 'HEAD' })).status).toBe(200);
    expect(stage.connections()).toBe(1);
  });

  it.each([204, 304])('with status %i have no body', async (status) => {
    await stage.startApp((_incoming, response) => void response.writeHead(status).end());

    expect(await stage.ask()).toMatchObject({ status, body: '' });
  });

  it('in chunks arrive whole, whatever their sizes', async () => {
    const parts = Array.from({ length: 50 }, (_, index) => 'x'.repeat(index * 997));
    await stage.startApp((_incoming, response) => {
      for (const part of parts) response.write(part);
      response.end();
    });

    expect((await stage.ask()).body).toBe(parts.join(''));
    await stage.ask();
    expect(stage.connections()).toBe(1);
  });

  it('that come before the upload is over end it', async () => {
    await stage.startApp((_incoming, response) => {
      response.writeHead(413).end('too much');
    });
    const outgoing = request({
      host: '127.0.0.1',
      port: stage.port,
      method: 'POST',
      headers: { host: HOST, 'content-length': 50_000_000 },
    });
    outgoing.on('error', () => undefined);
    outgoing.write(Buffer.alloc(1_000_000));

    const answer = await answerTo(outgoing);

    expect([answer.statusCode, await text(answer)]).toEqual([413, 'too much']);
    outgoing.destroy();
  });

  it('without a length end with the connection of the app', async () => {
    await stage.startRawApp((socket) => {
      socket.on('data', () => socket.end('HTTP/1.0 200 OK\r\n\r\nold but fine'));
    });

    expect((await stage.ask()).body).toBe('old but fine');
  });
});

describe('uploads', () => {
  it('in chunks reach the app as they are', async () => {
    await stage.startApp(async (incoming, response) => {
      const body = await buffer(incoming);
      response.end(`${incoming.headers['transfer-encoding']} ${body.length}`);
    });
    const outgoing = request({
      host: '127.0.0.1',
      port: stage.port,
      method: 'PUT',
      headers: { host: HOST },
    });
    for (let part = 0; part < 100; part += 1) outgoing.write(Buffer.alloc(10_000));
    outgoing.end();

    expect(await text(await answerTo(outgoing))).toBe('chunked 1000000');
  });

  it('wait for an app that does not read', async () => {
    await stage.startRawApp((socket) => socket.pause());
    const outgoing = request({
      host: '127.0.0.1',
      port: stage.port,
      method: 'POST',
      headers: { host: HOST, 'content-length': 500_000_000 },
    });
    outgoing.on('error', () => undefined);
    const block = Buffer.alloc(1_000_000);
    let sent = 0;
    const fill = (): void => {
      while (sent < 500 && outgoing.write(block)) sent += 1;
    };
    outgoing.on('drain', fill);
    fill();

    let last = -1;
    await expect
      .poll(() => [last, (last = sent)], { interval: 300, timeout: 10_000 })
      .toSatisfy(([previous, current]: number[]) => previous === current);
    expect(sent).toBeLessThan(60);
    outgoing.destroy();
  });

  it('that break off break off for the app too', async () => {
    let outcome = '';
    await stage.startApp((incoming) => {
      incoming.on('error', () => undefined);
      incoming.resume().on('close', () => (outcome = incoming.complete ? 'complete' : 'aborted'));
    });
    const socket = connect({ host: '127.0.0.1', port: stage.port });
    socket.on('error', () => undefined);
    socket.write(`${head('POST', '/', ['Content-Length: 1000'])}only this`);
    await expect.poll(() => stage.connections()).toBe(1);

    socket.destroy();

    await expect.poll(() => outcome).toBe('aborted');
  });
});
