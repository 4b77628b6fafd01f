import type { FastifyInstance } from 'fastify';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { authRoutes } from '@spt-flow/shared/api/auth';
import { createHealthService, registerHealthRoutes } from '../../src/features/health/index.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { registerGauges, serveMetrics } from '../../src/plugins/metrics.ts';
import { createAuthApp } from '../support/auth-app.ts';
import { useDatabases } from '../support/database.ts';

const DocumentSchema = z.object({ openapi: z.string(), paths: z.record(z.string(), z.unknown()) });

describe('the HTTP shell', () => {
  const newDatabase = useDatabases();
  let app: FastifyInstance;
  let databaseState: 'ok' | 'down';

  beforeEach(async () => {
    ({ app } = await createAuthApp((await newDatabase()).db, systemClock));
    databaseState = 'ok';
    const health = createHealthService({
      clock: systemClock,
      required: ['database'],
      checks: {
        database: async () => ({ state: databaseState, detail: '', next: null }),
        broken: () => Promise.reject(new Error('No answer')),
      },
    });
    registerHealthRoutes(app, { health, version: '0.0.0-test', startedAt: new Date() });
  });

  afterEach(() => app.close());

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
    expect(other.headers['content-security-policy']).toContain("default-src 'self'");
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

  it('does not serve metrics on its own port', async () => {
    expect((await app.inject({ url: '/metrics' })).statusCode).toBe(404);
  });
});

describe('metrics', () => {
  it('are read on a port of their own, with values of the moment', async () => {
    const registry = new Registry();
    let connections = 1;
    registerGauges(registry, { agent_connections: { help: 'Agents', read: () => connections } });
    const server = await serveMetrics(registry, 0);
    connections = 7;

    const text = await (await fetch(`http://127.0.0.1:${server.port}/metrics`)).text();
    const other = await fetch(`http://127.0.0.1:${server.port}/`);
    await server.close();

    expect(text).toContain('agent_connections 7');
    expect(other.status).toBe(404);
  });
});
