import { createHash, timingSafeEqual } from 'node:crypto';
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

export interface MetricsAddress {
  readonly host: string;
  readonly port: number;
  /** What readers show; undefined: nothing, on loopback. */
  readonly token: string | undefined;
}

/** serveMetrics listens on an address of its own, never on the public port. */
export async function serveMetrics(
  registry: Registry,
  { host, port, token }: MetricsAddress,
): Promise<MetricsServer> {
  const mayRead = createTokenCheck(token);
  const server = createServer((request, response) => {
    if (request.url !== '/metrics') response.writeHead(404).end();
    else if (mayRead(request.headers.authorization)) void sendMetrics(registry, response);
    else response.writeHead(401, { 'www-authenticate': 'Bearer' }).end();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** Digests are of one length, so that comparing them takes the same time whatever was shown. */
function createTokenCheck(token: string | undefined): (shown: string | undefined) => boolean {
  if (token === undefined) return () => true;
  const digestOf = (text: string) => createHash('sha256').update(text).digest();
  const expected = digestOf(`Bearer ${token}`);
  return (shown = '') => timingSafeEqual(digestOf(shown), expected);
}

async function sendMetrics(registry: Registry, response: ServerResponse): Promise<void> {
  try {
    const text = await registry.metrics();
    response.writeHead(200, { 'content-type': registry.contentType }).end(text);
  } catch {
    // Whoever reads sees that this target failed, which is what there is to know.
    response.writeHead(500).end();
  }
}
