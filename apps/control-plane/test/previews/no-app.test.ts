import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '@spt-flow/shared/domain/errors';
import { createPreviewRouter } from '../../src/features/previews/index.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createRequestPath } from '../../src/lib/request-path.ts';
import { answerTo, ask, HOST } from './support/ask.ts';
import {
  openPreviewStage,
  PROJECT,
  WORKSPACE,
  type PreviewStage,
} from './support/preview-stage.ts';

let stage: PreviewStage;

beforeEach(async () => {
  stage = await openPreviewStage();
});
afterEach(() => stage.close());

describe('when there is no app to show', () => {
  it.each([
    ['running', 'starting', 503, 'starting'],
    ['running', 'running', 503, 'out of reach'],
  ] as const)(
    'a workspace wanted %s and %s without an agent answers %i',
    async (wanted, actual, status, words) => {
      stage.hub.disconnect(WORKSPACE, 'gone');
      stage.setState(wanted, actual);

      const answer = await stage.ask({ headers: { accept: 'text/html' } });

      expect(answer.status).toBe(status);
      expect(answer.body).toContain(words);
      expect(answer.body).toContain('http-equiv="refresh"');
      expect(answer.headers['cache-control']).toBe('no-store');
    },
  );

  it('an app that is not running answers 502, in one line for programs', async () => {
    const answer = await stage.ask();

    expect(answer.status).toBe(502);
    expect(answer.headers['content-type']).toContain('text/plain');
    expect(answer.body).toContain('The app is not running');
  });

  it.each([
    ['no HTTP at all', 'garbage\r\n\r\n'],
    ['a broken header', 'HTTP/1.1 200 OK\r\nX-A: b\rSet-Cookie: x\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 5\r\n\r\nabcde'],
    ['nothing', ''],
  ])('an app that sends %s answers 502', async (_name, bytes) => {
    await stage.startRawApp((socket) => socket.on('data', () => socket.end(bytes)));

    expect((await stage.ask({ method: 'POST', body: 'x' })).status).toBe(502);
    expect(stage.errors).toEqual([]);
  });

  it('an answer that breaks off is broken off for the browser too', async () => {
    await stage.startRawApp((socket) =>
      socket.on('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc');
        setTimeout(() => socket.destroy(), 50);
      }),
    );

    await expect(stage.ask()).rejects.toThrow();
  });

  it('an agent that is lost in the middle ends the answer', async () => {
    await stage.startApp((_incoming, response) => void response.write('first'));
    const outgoing = request({
      host: '127.0.0.1',
      port: stage.port,
      agent: false,
      headers: { host: HOST },
    }).end();
    const answer = await answerTo(outgoing);
    await once(answer, 'data');

    stage.agentTunnel.close('lost');

    await expect(once(answer, 'end')).rejects.toThrow();
  });

  it('a failing database shows the page for later', async () => {
    const failing = createPreviewRouter({
      targets: { byLabel: () => Promise.reject(new AppError('database_unavailable')) },
      slugOfDomain: async () => undefined,
      agents: stage.hub,
      credentials: { byApiToken: async () => undefined, byPreview: async () => undefined },
      reaches: async () => true,
      sessions: { redeem: async () => undefined },
      previewDomain: 'preview.localhost',
      publicUrl: 'http://localhost:8080',
      requestPath: createRequestPath([]),
      clock: systemClock,
      watch: () => () => undefined,
      limits: { open: 1, perMinute: 1 },
      onUse: () => undefined,
      wake: async () => false,
      onError: (error) => stage.errors.push(error),
    });
    const server = createServer(
      (incoming, response) => void failing.handleRequest(incoming, response),
    );
    const port = await stage.listen(server);

    expect((await ask(port, {})).status).toBe(503);
    expect(stage.errors).toHaveLength(1);
  });
});

describe('isAnswering', () => {
  it('is true below 500 only', async () => {
    let status = 404;
    await stage.startApp((_incoming, response) => void response.writeHead(status).end());

    expect(await stage.probe.isAnswering(PROJECT)).toBe(true);
    status = 500;
    expect(await stage.probe.isAnswering(PROJECT)).toBe(false);
  });

  it('is false without an app, a project or an agent', async () => {
    expect(await stage.probe.isAnswering(PROJECT)).toBe(false);
    expect(await stage.probe.isAnswering(WORKSPACE)).toBe(false);
    stage.hub.disconnect(WORKSPACE, 'gone');
    expect(await stage.probe.isAnswering(PROJECT)).toBe(false);
  });
});
