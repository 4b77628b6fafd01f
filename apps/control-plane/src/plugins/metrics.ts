import { createServer, type ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { Counter, Gauge, Histogram, collectDefaultMetrics, type Registry } from 'prom-client';

const BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

/** metricsPlugin times every route; the numbers are read on an address of their own, never through the public port. */
export const metricsPlugin = fp(function metrics(
  app: FastifyInstance,
  options: { registry: Registry },
  done,
) {
  collectDefaultMetrics({ register: options.registry });
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time to answer, by route',
    labelNames: ['method', 'route', 'status'],
    buckets: BUCKETS_SECONDS,
    registers: [options.registry],
  });
  app.addHook('onResponse', (request, reply, next) => {
    const route = request.routeOptions.url ?? 'unmatched';
    duration.observe(
      { method: request.method, route, status: reply.statusCode },
      reply.elapsedTime / 1000,
    );
    next();
  });
  done();
});

/** registerGauges adds numbers that are read when somebody asks. */
export function registerGauges(
  registry: Registry,
  gauges: Readonly<Record<string, { readonly help: string; readonly read: () => number }>>,
): void {
  for (const [name, { help, read }] of Object.entries(gauges)) {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  }
}

export interface ModelTokens {
  readonly provider: string;
  readonly model: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** In millionths of a dollar. */
  readonly costMicros: number;
}

/** createTokenCounter counts what models read and wrote. */
export function createTokenCounter(registry: Registry): (tokens: ModelTokens) => void {
  const counter = new Counter({
    name: 'model_tokens_total',
    help: 'Tokens that models read (input) and wrote (output)',
    labelNames: ['provider', 'model', 'direction'],
    registers: [registry],
  });
  const cost = new Counter({
    name: 'model_cost_dollars_total',
    help: 'What the answers of models cost, by their configured prices',
    labelNames: ['provider', 'model'],
    registers: [registry],
  });
  return ({ provider, model, inputTokens, outputTokens, costMicros }) => {
    counter.inc({ provider, model, direction: 'input' }, inputTokens);
    counter.inc({ provider, model, direction: 'output' }, outputTokens);
    cost.inc({ provider, model }, costMicros / 1_000_000);
  };
}

export interface MetricsServer {
  readonly port: number;
  close(): Promise<void>;
}

/** serveMetrics listens on loopback only. */
export async function serveMetrics(registry: Registry, port: number): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    if (request.url === '/metrics') void sendMetrics(registry, response);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

async function sendMetrics(registry: Registry, response: ServerResponse): Promise<void> {
  const text = await registry.metrics();
  response.writeHead(200, { 'content-type': registry.contentType }).end(text);
}
