import { createServer, type IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import type { RequestHead } from '@spt-flow/shared/agent-protocol/requests';
import { AppError } from '@spt-flow/shared/domain/errors';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { tracedRequests } from '../../src/features/agents/connections/traced-requests.ts';
import { createHttpApp } from '../../src/http-app.ts';
import { createSpanExporter } from '../../src/lib/tracing/span-exporter.ts';
import { createTracer } from '../../src/lib/tracing/tracer.ts';
import { portOf } from '../support/ports.ts';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const CALLER = 'b7ad6b7169203331';

/** What a receiver of OTLP over HTTP was sent. */
async function openReceiver() {
  const received: { path: string; headers: IncomingHttpHeaders; body: string }[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      received.push({ path: request.url ?? '', headers: request.headers, body });
      response.end('{}');
    });
  }).listen(0, '127.0.0.1');
  const port = await portOf(server);
  return { received, endpoint: `http://127.0.0.1:${port}/`, close: () => void server.close() };
}

it('spans of a request and of what agents did for it are one trace, below the caller’s', async () => {
  const receiver = await openReceiver();
  const warnings: object[] = [];
  const exporter = createSpanExporter({
    endpoint: receiver.endpoint,
    headers: { 'x-key': 'k' },
    warn: (details) => void warnings.push(details),
  });
  const tracer = createTracer(exporter.add);
  const heads: RequestHead[] = [];
  const ask = tracedRequests(async (_workspace, head) => {
    heads.push(head);
    throw new AppError('agent_offline');
  }, tracer);
  const app = await createHttpApp({
    ...{ logger: pino({ level: 'silent' }), version: '0', registry: new Registry(), tracer },
    authentication: {
      credentials: { byLogin: async () => undefined, byApiToken: async () => undefined },
      ...{ isOwnOrigin: () => false, secureCookies: false },
    },
    interceptRequest: () => false,
    routeUpgrade: (_request, socket) => void socket.destroy(),
    frameSource: "'none'",
  });
  app.post('/things/:id', () => ask('workspace', { method: 'suspend' }));

  await app.inject({
    ...{ method: 'POST', url: '/things/secret-name', payload: { a: 1 } },
    headers: { traceparent: `00-${TRACE_ID}-${CALLER}-01` },
  });
  await ask('workspace', { method: 'suspend' }).catch(() => undefined);
  await exporter.close();

  const [{ path, headers, body } = { path: '', headers: {}, body: '{}' }] = receiver.received;
  expect([path, headers['x-key']]).toEqual(['/v1/traces', 'k']);
  const [agent, api, ...others] = JSON.parse(body).resourceSpans[0].scopeSpans[0].spans;
  expect(api).toMatchObject({
    ...{ traceId: TRACE_ID, parentSpanId: CALLER, name: 'POST /things/:id', kind: 2 },
    status: { code: 2, message: '503' },
  });
  expect(agent).toMatchObject({
    ...{ traceId: TRACE_ID, parentSpanId: api.spanId, name: 'agent suspend', kind: 3 },
    status: { code: 2, message: 'agent_offline' },
  });
  expect(others).toEqual([]);
  expect(heads.map((head) => head.traceparent)).toEqual([
    `00-${TRACE_ID}-${agent.spanId}-01`,
    undefined,
  ]);
  expect(body).not.toContain('secret-name');
  expect(warnings).toEqual([]);
  receiver.close();
  await app.close();
});

it('spans that nobody takes are lost, and said to be', async () => {
  const receiver = await openReceiver();
  receiver.close();
  const warnings: object[] = [];
  const exporter = createSpanExporter({
    ...{ endpoint: receiver.endpoint, headers: {} },
    warn: (details) => void warnings.push(details),
  });
  exporter.add({
    ...{ name: 'a', kind: 'internal', traceId: TRACE_ID, spanId: CALLER },
    ...{ startedMs: 1, endedMs: 2, failure: null, attributes: {} },
  });
  await exporter.close();

  expect(warnings).toMatchObject([{ spans: 1 }]);
});
