import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTraceExporter } from './trace-exporter.ts';
import type { TracedTurn } from './turn-spans.ts';

const TURN: TracedTurn = {
  turnId: '0195f2a0-1111-7222-8333-444455556666',
  conversationId: 'conversation-1',
  projectId: 'project-1',
  correlationId: 'correlation-1',
  startedMs: 1_780_000_000_000.5,
  endedMs: 1_780_000_002_000,
  state: 'failed',
  changeSetId: null,
  calls: [
    {
      ...{ provider: 'Claude', model: 'claude-x', failure: 'overloaded' },
      ...{ startedMs: 1_780_000_000_100, endedMs: 1_780_000_001_000 },
      ...{ inputTokens: 1200, outputTokens: 34, costMicros: 4100 },
    },
  ],
};

interface Received {
  readonly path: string | undefined;
  readonly authorization: string | undefined;
  readonly body: string;
}

describe('traces of turns', () => {
  const received: Received[] = [];
  const logged: unknown[] = [];
  let status: number;
  let server: ReturnType<typeof createServer>;
  let host: string;

  beforeEach(async () => {
    received.length = logged.length = 0;
    status = 200;
    server = createServer((request, response) => {
      void text(request).then((body) => {
        const { url: path, headers } = request;
        received.push({ path, authorization: headers.authorization, body });
        response.writeHead(status).end('{}');
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    host = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`;
  });
  afterEach(() => void server.close());

  function exporter() {
    const logger = { error: (details: Record<string, unknown>) => void logged.push(details) };
    return createTraceExporter({ host, publicKey: 'pk-lf-1', secretKey: 'sk-lf-2' }, logger);
  }

  it('are spans of OpenTelemetry: the turn, and each request to a model below it', async () => {
    exporter()(TURN);

    await expect.poll(() => received.length, { timeout: 10_000 }).toBe(1);
    const [{ path, authorization, body } = { path: '', authorization: '', body: '{}' }] = received;
    expect(path).toBe('/api/public/otel/v1/traces');
    expect(authorization).toBe(`Basic ${Buffer.from('pk-lf-1:sk-lf-2').toString('base64')}`);
    const spans: unknown = JSON.parse(body).resourceSpans[0].scopeSpans[0].spans;
    const traceId = '0195f2a01111722283334444555566666'.slice(0, 32);
    expect(spans).toMatchObject([
      {
        ...{ traceId, name: 'chat turn', kind: 1, status: { code: 2, message: 'failed' } },
        startTimeUnixNano: '1780000000000500000',
        endTimeUnixNano: '1780000002000000000',
        attributes: expect.arrayContaining([
          { key: 'session.id', value: { stringValue: 'conversation-1' } },
        ]),
      },
      {
        ...{ traceId, name: 'chat claude-x', status: { code: 2, message: 'overloaded' } },
        parentSpanId: expect.stringMatching(/^[0-9a-f]{16}$/),
        attributes: expect.arrayContaining([
          { key: 'gen_ai.request.model', value: { stringValue: 'claude-x' } },
          { key: 'gen_ai.usage.input_tokens', value: { intValue: '1200' } },
          { key: 'gen_ai.usage.cost', value: { doubleValue: 0.0041 } },
        ]),
      },
    ]);
    expect(logged).toEqual([]);
  });

  it('that are refused are said to be lost, without the key', async () => {
    status = 401;
    exporter()(TURN);

    await expect.poll(() => logged.length, { timeout: 10_000 }).toBe(1);
    expect(logged).toMatchObject([
      { turnId: TURN.turnId, err: { message: expect.stringContaining('401') } },
    ]);
    expect(JSON.stringify(logged)).not.toContain('sk-lf-2');
  });

  it('that nobody receives are said to be lost', async () => {
    server.close();
    exporter()(TURN);

    await expect.poll(() => logged.length, { timeout: 10_000 }).toBe(1);
  });
});
