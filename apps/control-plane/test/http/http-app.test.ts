import { once } from 'node:events';
import { connect } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { authRoutes } from '@spt-flow/shared/api/auth';
import { healthRoutes, HealthPartSchema } from '@spt-flow/shared/api/health';
import { createHealthService, registerHealthRoutes } from '../../src/features/health/index.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createTokenCounter, registerGauges, serveMetrics } from '../../src/plugins/metrics.ts';
import { createAuthApp, OWN_ORIGIN } from '../support/auth-app.ts';
import { useDatabases, type TestDatabase } from '../support/database.ts';
import { withoutAudit } from '../support/refused-audit.ts';

const DocumentSchema = z.object({ openapi: z.string(), paths: z.record(z.string(), z.unknown()) });
const HealthSchema = z.object({
  data: healthRoutes.health.response.extend({
    parts: z.array(HealthPartSchema.pick({ name: true, state: true, since: true })),
  }),
});

describe('the HTTP shell', () => {
  const newDatabase = useDatabases();
  let app: FastifyInstance;
  let auth: Awaited<ReturnType<typeof createAuthApp>>['auth'];
  let db: TestDatabase['db'];
  let databaseState: 'ok' | 'down';

  beforeEach(async () => {
    ({ db } = await newDatabase());
    ({ app, auth } = await createAuthApp(db, systemClock));
    databaseState = 'ok';
    const health = createHealthService({
      clock: systemClock,
      required: ['database'],
      checks: {
        database: async () => ({ state: databaseState, detail: '', next: null }),
        broken: () => Promise.reject(new Error('No answer')),
      },
    });
    registerHealthRoutes(app, {
      health,
      version: '0.0.0-test',
      dashboards: [],
      startedAt: new Date(),
    });
  });

  afterEach(() => app.close());

  async function signIn(): Promise<string> {
    const token = await auth.prepareSetup();
    const payload = { token, email: 'ada@example.com', name: 'Ada', password: 'correct horse' };
    const { cookies } = await app.inject({ method: 'POST', url: '/api/v1/setup', payload });
    return `${cookies[0]?.name}=${cookies[0]?.value}`;
  }

  it('documents every route of a contract as OpenAPI 3.1', async () => {
    const response = await app.inject({ url: '/api/v1/openapi.json' });

    const document = DocumentSchema.parse(response.json());
    const documented = Object.keys(document.paths).map((path) => path.replace(/\{(\w+)\}/g, ':$1'));
    expect(document.openapi).toBe('3.1.0');
    expect(documented).toEqual(
      expect.arrayContaining(Object.values(authRoutes).map(({ path }) => path)),
    );
  });

  it('lets only the reference page start itself by an inline script', async () => {
    const reference = await app.inject({ url: '/api/reference/' });
    const other = await app.inject({ url: '/api/v1/version' });

    expect(reference.headers['content-security-policy']).toContain(
      "script-src 'self' 'unsafe-inline'",
    );
    expect(other.headers['content-security-policy']).toContain("default-src 'none'");
    expect(other.headers['content-security-policy']).not.toContain('script-src');
  });

  it('answers probes of load balancers by the parts that are required', async () => {
    const ready = await app.inject({ url: '/readyz' });
    databaseState = 'down';
    const notReady = await app.inject({ url: '/readyz' });
    const alive = await app.inject({ url: '/healthz' });

    expect([ready, notReady, alive].map(({ statusCode }) => statusCode)).toEqual([200, 503, 200]);
  });

  it('shows the state of parts to members only', async () => {
    expect((await app.inject({ url: '/api/v1/health' })).statusCode).toBe(401);
  });

  it('tells since when a part is as it is once that has changed, and asks those alone that are named', async () => {
    const headers = { cookie: await signIn() };
    const partsOf = async (query: string) =>
      HealthSchema.parse((await app.inject({ url: `/api/v1/health${query}`, headers })).json()).data
        .parts;

    expect(await partsOf('')).toEqual([
      { name: 'database', state: 'ok', since: null },
      { name: 'broken', state: 'down', since: null },
    ]);
    databaseState = 'down';
    expect(await partsOf('?part=database')).toEqual([
      { name: 'database', state: 'down', since: expect.any(String) },
    ]);
  });

  it('lets who sends too much finish, so that the answer is read and the connection serves on', async () => {
    const total = 9 * 1024 * 1024;
    const socket = connect(Number(new URL(await app.listen({ port: 0 })).port), 'localhost');
    let received = '';
    socket.setEncoding('utf8').on('data', (text: string) => (received += text));

    socket.write(
      `POST /api/v1/auth/login HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${total}\r\n\r\n`,
    );
    await expect.poll(() => received).toContain('"code":"body_too_large"');
    socket.write('x'.repeat(total));
    socket.write('GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
    await once(socket, 'close');

    expect(received).toMatch(/^HTTP\/1\.1 413 .*HTTP\/1\.1 200 /s);
  });

  it('closes the connection on who would send without end', async () => {
    const socket = connect(Number(new URL(await app.listen({ port: 0 })).port), 'localhost');
    socket.resume();

    socket.write(
      'POST /api/v1/auth/login HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 999999999999\r\n\r\n',
    );

    await once(socket, 'close');
  });

  it.each([
    ['a body that never ends', 'content-length: 100', '{"email":'],
    ['chunks that never end', 'transfer-encoding: chunked', '2\r\n{"\r\n'],
  ])('closes the connection on who begins %s', async (_case, header, start) => {
    const patient = await createAuthApp((await newDatabase()).db, systemClock, {
      bodyDeadlineMs: 50,
    });
    const { port } = new URL(await patient.app.listen({ port: 0 }));
    const socket = connect(Number(port), 'localhost');
    socket.resume();

    socket.write(
      `POST /api/v1/auth/login HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n${header}\r\n\r\n${start}`,
    );

    await once(socket, 'close');
    await patient.app.close();
  });

  it('outlives requests of its own whose body nobody read, as tools of MCP make them', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      await app.inject({ method: 'POST', url: '/api/v1/tokens', payload: { name: 'x' } });

      expect(() => vi.advanceTimersByTime(10 * 60_000)).not.toThrow();
    } finally {
      vi.useRealTimers();
    }
  });

  it('asks who somebody is before it reads what they send', async () => {
    const answer = await app.inject({
      method: 'POST',
      url: '/api/v1/tokens',
      payload: '{ not JSON',
      headers: { 'content-type': 'application/json' },
    });

    expect(answer.statusCode).toBe(401);
  });

  it.each([
    ['is full', '53100', 507, 'disk_full'],
    ['only reads', '25006', 503, 'database_unavailable'],
    ['is about to end', '57P01', 503, 'database_unavailable'],
    ['was too slow', '57014', 503, 'database_unavailable'],
    ['had two in each other’s way', '40P01', 409, 'conflict'],
  ])(
    'says what to do when the database %s, and changes nothing',
    async (_what, sqlState, ...said) => {
      const headers = { cookie: await signIn(), origin: OWN_ORIGIN };
      const payload = { name: 'CI', scope: 'read', expiresInDays: null };
      const create = () => app.inject({ method: 'POST', url: '/api/v1/tokens', payload, headers });

      const answer = await withoutAudit(db, create, sqlState);

      expect([answer.statusCode, answer.json().error.code]).toEqual(said);
      expect((await app.inject({ url: '/api/v1/tokens', headers })).json().data.items).toEqual([]);
    },
  );

  it('says so when the disk of its files is full', async () => {
    app.get('/full', () => {
      throw Object.assign(new Error('write failed'), { code: 'ENOSPC' });
    });

    expect((await app.inject({ url: '/full' })).json().error.code).toBe('disk_full');
  });

  it.each([
    ['nested deep', '['.repeat(500_000), 400, 'validation_failed'],
    ['many values', `[${'{},'.repeat(300_000)}{}]`, 400, 'validation_failed'],
    ['two megabytes', `{"name":"${'a'.repeat(2 * 1024 * 1024)}"}`, 413, 'body_too_large'],
    ['a name of JavaScript', '{"__proto__":{"name":"x"}}', 400, 'validation_failed'],
  ])('does not read of members either what is %s', async (_what, payload, status, code) => {
    const cookie = await signIn();

    const answer = await app.inject({
      ...{ method: 'POST', url: '/api/v1/tokens', payload },
      headers: { cookie, origin: OWN_ORIGIN, 'content-type': 'application/json' },
    });

    expect([answer.statusCode, answer.json().error.code]).toEqual([status, code]);
  });

  it.each([
    ['/api/v1/auth/login', `{"email":"${'a'.repeat(70_000)}"}`, 413],
    ['/api/v1/nowhere', '{ not JSON', 404],
    ['/nowhere', '{ not JSON', 404],
  ])('reads little or nothing of what strangers send to %s', async (url, payload, status) => {
    const headers = { 'content-type': 'application/json' };

    expect((await app.inject({ method: 'POST', url, payload, headers })).statusCode).toBe(status);
  });

  it('does not serve metrics on its own port', async () => {
    expect((await app.inject({ url: '/metrics' })).statusCode).toBe(404);
  });
});

describe('metrics', () => {
  const newDatabase = useDatabases();

  it('time each route by its pattern, method and status, in buckets from 5 ms to 10 s', async () => {
    const { app, registry } = await createAuthApp((await newDatabase()).db, systemClock);
    await app.inject({ url: '/api/v1/auth/me' });
    await app.inject({ url: '/api/v1/device-logins/secret-code' });
    await app.inject({ method: 'DELETE', url: '/api/v1/tokens/one' });
    await app.inject({ method: 'DELETE', url: '/api/v1/tokens/two' });

    const { values = [] } =
      (await registry.getSingleMetric('http_request_duration_seconds')?.get()) ?? {};
    const text = await registry.metrics();
    await app.close();

    const counts = values.filter(({ labels }) => labels['le'] === '+Inf');
    expect(counts).toMatchObject([
      { labels: { method: 'GET', route: '/api/v1/auth/me', status: 401 }, value: 1 },
      { labels: { method: 'GET', route: 'unmatched', status: 404 }, value: 1 },
      { labels: { method: 'DELETE', route: '/api/v1/tokens/:id', status: 401 }, value: 2 },
    ]);
    const buckets = values.flatMap(({ labels }) =>
      labels['route'] === '/api/v1/auth/me' && 'le' in labels ? [labels['le']] : [],
    );
    expect(buckets).toEqual([0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, '+Inf']);
    expect(text).not.toContain('secret-code');
  });

  it('count tokens and cost of models by provider, model and direction', async () => {
    const registry = new Registry();
    const countTokens = createTokenCounter(registry);

    const used = { provider: 'Claude', model: 'model-1', costMicros: 250_000 };
    countTokens({ ...used, inputTokens: 10, outputTokens: 5 });
    countTokens({ ...used, inputTokens: 1, outputTokens: 2 });
    countTokens({ ...used, model: 'model-2', inputTokens: 7, outputTokens: 0 });

    const { values = [] } = (await registry.getSingleMetric('model_tokens_total')?.get()) ?? {};
    const claude = (model: string, direction: string) => ({ provider: 'Claude', model, direction });
    expect(values).toEqual([
      { labels: claude('model-1', 'input'), value: 11 },
      { labels: claude('model-1', 'output'), value: 7 },
      { labels: claude('model-2', 'input'), value: 7 },
      { labels: claude('model-2', 'output'), value: 0 },
    ]);
    const costs = (await registry.getSingleMetric('model_cost_dollars_total')?.get())?.values ?? [];
    expect(costs.map(({ value }) => value)).toEqual([0.5, 0.25]);
  });

  it('are read on a port of their own, with values of the moment', async () => {
    const registry = new Registry();
    let connections = 1;
    registerGauges(registry, { agent_connections: { help: 'Agents', read: () => connections } });
    const address = { host: '127.0.0.1', port: 0, token: undefined };
    const server = await serveMetrics(registry, address);
    connections = 7;

    const text = await (await fetch(`http://127.0.0.1:${server.port}/metrics`)).text();
    const other = await fetch(`http://127.0.0.1:${server.port}/`);
    await server.close();

    expect(text).toContain('agent_connections 7');
    expect(other.status).toBe(404);
  });
});
