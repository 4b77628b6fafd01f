import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPageInspector } from '../../src/features/browser/index.ts';
import { portOf } from '../support/ports.ts';

const PAGES: Readonly<Record<string, string>> = {
  '/good': '<title>Good café</title><h1>Hello</h1><script src="/app.js"></script>',
  '/bad': '<title>Bad</title><script>console.error("no", 7); missing.call()</script>',
  '/lost': '<title>Lost</title><script src="/no-such.js"></script>',
};

let app: Server;
let neighbour: Server;
let neighbourWasAsked = false;
const asked: { readonly url: string; readonly headers: NodeJS.Dict<string | string[]> }[] = [];

beforeAll(async () => {
  app = createServer((request, response) => {
    const url = request.url ?? '';
    asked.push({ url, headers: request.headers });
    const page = url === '/app.js' ? 'document.title += "!"' : PAGES[url];
    response.writeHead(page === undefined ? 404 : 200, {
      'content-type': url === '/app.js' ? 'text/javascript' : 'text/html; charset=utf-8',
    });
    response.end(page);
  });
  neighbour = createServer((_request, response) => {
    neighbourWasAsked = true;
    response.end('secret');
  });
  for (const server of [app, neighbour]) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
});
afterAll(() => {
  for (const server of [app, neighbour]) {
    server.closeAllConnections();
    server.close();
  }
});

const inspector = createPageInspector({
  configured: process.env['CHROMIUM_PATH'],
  searchPath: process.env['PATH'] ?? '',
});

async function inspect(path: string, signal = new AbortController().signal) {
  const report = await inspector.inspect({
    path,
    signal,
    connect: async () => connect(await portOf(app), '127.0.0.1'),
  });
  if (!report) throw new Error('no browser');
  return report;
}

describe('a page in a real browser', () => {
  it('is pictured with its scripts run, and its app sees nothing of the gateway', async () => {
    const report = await inspect('/good');

    expect(report).toMatchObject({ title: 'Good café!', problems: [], isPartial: false });
    expect(report.picture.subarray(0, 3).toString('hex')).toBe('ffd8ff');
    expect(JSON.stringify(asked)).not.toContain('x-spt-flow-pass');
  }, 60_000);

  it('reports its errors', async () => {
    const bad = await inspect('/bad');
    const lost = await inspect('/lost');

    expect(bad.problems[0]).toBe('no 7');
    expect(bad.problems[1]).toContain('missing is not defined');
    expect(lost.problems.join()).toContain('404');
  }, 60_000);

  it('reaches nothing but its app', async () => {
    const url = `http://127.0.0.1:${await portOf(neighbour)}/`;
    const other = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end(
        `<title>x</title><img src="${url}"><script>fetch(${JSON.stringify(url)})</script>`,
      );
    });
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');

    const report = await inspector.inspect({
      path: '/',
      signal: new AbortController().signal,
      connect: async () => connect(await portOf(other), '127.0.0.1'),
    });
    other.close();

    expect(report?.isPartial).toBe(true);
    expect(neighbourWasAsked).toBe(false);
  }, 60_000);

  it('that never answers is given up when the turn is stopped', async () => {
    const stop = new AbortController();
    const silent = createServer(() => stop.abort());
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');

    await expect(
      inspector.inspect({
        path: '/',
        signal: stop.signal,
        connect: async () => connect(await portOf(silent), '127.0.0.1'),
      }),
    ).rejects.toThrow('The browser has ended');
    silent.closeAllConnections();
    silent.close();
  }, 60_000);
});

it('is not looked at without a browser', async () => {
  const none = createPageInspector({ configured: 'off', searchPath: '' });

  expect(
    await none.inspect({
      path: '/',
      signal: new AbortController().signal,
      connect: () => Promise.reject(new Error('asked')),
    }),
  ).toBeUndefined();
});
