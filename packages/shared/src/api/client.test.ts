import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { createApiClient } from './client.ts';
import { defineRoute } from './route.ts';

const route = defineRoute({
  method: 'POST',
  path: '/api/v1/things/:name',
  access: 'read',
  summary: 'A thing',
  params: z.object({ name: z.string() }),
  query: z.object({ limit: z.number().optional(), search: z.string().optional() }),
  body: z.object({ text: z.string() }),
  response: z.object({ size: z.number() }),
});

const INPUT = {
  params: { name: 'a/b c' },
  query: { limit: 2, search: undefined },
  body: { text: 'hello' },
};

describe('API client', () => {
  const servers: Server[] = [];

  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  async function clientOf(answer: (body: string, url: string) => { status: number; text: string }) {
    const seen: { url: string; headers: Record<string, unknown>; body: string }[] = [];
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += String(chunk)));
      request.on('end', () => {
        seen.push({ url: request.url ?? '', headers: request.headers, body });
        const { status, text } = answer(body, request.url ?? '');
        response.writeHead(status, { 'content-type': 'application/json' }).end(text);
      });
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return {
      seen,
      client: createApiClient({
        baseUrl,
        fetch,
        newCorrelationId: () => 'correlation-1',
        headers: () => ({ authorization: 'Bearer x' }),
      }),
    };
  }

  it('fills the path, the query and the body, and sends its correlation id', async () => {
    const { client, seen } = await clientOf(() => ({
      status: 200,
      text: '{"success":true,"data":{"size":5},"error":null}',
    }));

    const data = await client.call(route, INPUT);

    expect(data).toEqual({ size: 5 });
    expect(seen[0]).toMatchObject({
      url: '/api/v1/things/a%2Fb%20c?limit=2',
      body: '{"text":"hello"}',
    });
    expect(seen[0]?.headers).toMatchObject({
      'x-correlation-id': 'correlation-1',
      authorization: 'Bearer x',
    });
  });

  it('turns an error answer into an ApiError with the code and the id of the server', async () => {
    const { client } = await clientOf(() => ({
      status: 409,
      text: '{"success":false,"data":null,"error":{"code":"conflict","message":"Taken","correlationId":"server-side-1"}}',
    }));

    await expect(client.call(route, INPUT)).rejects.toMatchObject({
      code: 'conflict',
      status: 409,
      message: 'Taken',
      correlationId: 'server-side-1',
    });
  });

  it.each([
    ['a page of something else', '<html>'],
    ['JSON of another shape', '{"hello":1}'],
    ['data of another shape', '{"success":true,"data":{"size":"big"},"error":null}'],
    ['nothing', ''],
  ])('refuses %s', async (_case, text) => {
    const { client } = await clientOf(() => ({ status: 200, text }));

    await expect(client.call(route, INPUT)).rejects.toMatchObject({
      code: 'bad_answer',
      correlationId: 'correlation-1',
    });
  });

  it('says that nobody answers', async () => {
    const client = createApiClient({
      baseUrl: 'http://127.0.0.1:1',
      fetch,
      newCorrelationId: () => 'correlation-1',
    });

    await expect(client.call(route, INPUT)).rejects.toMatchObject({
      code: 'unreachable',
      status: 0,
    });
  });

  it('passes an abort on unchanged', async () => {
    const { client } = await clientOf(() => ({ status: 200, text: '{}' }));

    await expect(client.call(route, INPUT, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});
