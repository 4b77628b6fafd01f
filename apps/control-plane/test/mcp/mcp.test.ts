import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { CallToolResultSchema } from '@modelcontextprotocol/sdk/types.js';
import Fastify, { type FastifyInstance } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { changeSetRoutes } from '@spt-flow/shared/api/change-sets';
import { logRoutes } from '@spt-flow/shared/api/logs';
import { workspaceRoutes } from '@spt-flow/shared/api/workspaces';
import { AppError } from '@spt-flow/shared/domain/errors';
import { registerMcpRoutes } from '../../src/features/mcp/index.ts';
import type { AuditEntry } from '../../src/lib/audit.ts';
import type { Principal } from '../../src/lib/principal.ts';
import { registerRoute } from '../../src/lib/register-route.ts';
import { authenticationPlugin } from '../../src/plugins/authentication.ts';
import { errorsPlugin } from '../../src/plugins/errors.ts';

const WRITE_TOKEN = 'sptf_api_write_token_of_the_test';
const READ_TOKEN = 'sptf_api_read_token_of_the_test';
const OWN_ORIGIN = 'http://localhost:8080';

let app: FastifyInstance;
let url: URL;
let entries: AuditEntry[];
let calls: { route: string; input: unknown; organizationId: string }[];
let uses: string[][];
let client: Client;

beforeEach(async () => {
  entries = [];
  calls = [];
  uses = [];
  app = Fastify();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  await app.register(errorsPlugin);
  await app.register(authenticationPlugin, {
    credentials: {
      byLogin: async () => principal('write'),
      byApiToken: async (token) =>
        token === WRITE_TOKEN
          ? principal('write')
          : token === READ_TOKEN
            ? principal('read')
            : undefined,
    },
    isOwnOrigin: (origin) => origin === OWN_ORIGIN,
    secureCookies: false,
  });
  registerApi();
  registerMcpRoutes(app, {
    audit: {
      record: async (entry) => void entries.push(entry),
      recordAll: async (all) => void entries.push(...all),
    },
    version: '1.2.3',
    onUse: async (who, handle) => void uses.push([who.organizationId, handle]),
    isOwnOrigin: (origin) => origin === OWN_ORIGIN,
  });
  url = new URL('/mcp/v1', await app.listen({ port: 0, host: '127.0.0.1' }));
  client = new Client({ name: 'test', version: '1' });
});
afterEach(async () => {
  await client.close();
  await app.close();
});

function principal(scope: 'read' | 'write'): Principal {
  const ids = { userId: 'user-1', organizationId: 'organization-1' };
  return {
    ...ids,
    userName: 'Dana',
    userEmail: 'd@example.org',
    role: 'developer',
    scope,
    organizationName: 'Team',
    organizationSlug: 'team',
    via: { kind: 'token', id: 'token-1' },
  };
}

/** The routes behind the tools, answering without a machine. */
function registerApi(): void {
  registerRoute(app, workspaceRoutes.list, async ({ principal: who, query }) => {
    calls.push({ route: 'list', input: query, organizationId: who.organizationId });
    return { items: [], nextCursor: null };
  });
  registerRoute(app, workspaceRoutes.exec, async ({ principal: who, params, body }) => {
    calls.push({
      route: 'exec',
      input: { ...params, ...body },
      organizationId: who.organizationId,
    });
    return { exitCode: 0, stdout: 'hi\n', stderr: '', truncated: false };
  });
  registerRoute(app, workspaceRoutes.file, async ({ params }) => {
    throw new AppError('not_found', `There is no workspace "${params.handle}"`);
  });
  registerRoute(app, logRoutes.list, async ({ query }) => {
    calls.push({ route: 'logs', input: query, organizationId: '' });
    return { items: [] };
  });
  registerRoute(app, logRoutes.search, async ({ query }) => {
    calls.push({ route: 'logs of everything', input: query, organizationId: '' });
    return { items: [], nextCursor: null };
  });
  registerRoute(app, changeSetRoutes.apply, async () => {
    throw new Error('driver text with a secret');
  });
}

async function connect(token: string): Promise<void> {
  const headers = { authorization: `Bearer ${token}` };
  await client.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers } }));
}

async function call(name: string, args: Record<string, unknown> = {}) {
  const result = CallToolResultSchema.parse(await client.callTool({ name, arguments: args }));
  const [content] = result.content;
  return { ...result, text: content?.type === 'text' ? content.text : '' };
}

function post(
  headers: Record<string, string>,
  body: unknown = { jsonrpc: '2.0', id: 1, method: 'tools/list' },
) {
  return fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

describe('tools', () => {
  it('are listed for what the token may do', async () => {
    await connect(READ_TOKEN);
    const readable = (await client.listTools()).tools;

    expect(readable.map(({ name }) => name)).toEqual([
      'list_workspaces',
      'read_file',
      'list_ports',
      'read_logs',
      'list_builds',
      'read_build_log',
    ]);
    expect(readable.every(({ annotations }) => annotations?.readOnlyHint)).toBe(true);
  });

  it('take their input from the contract of the API', async () => {
    await connect(WRITE_TOKEN);
    const { tools } = await client.listTools();

    expect(tools.map(({ name }) => name)).toEqual([
      'list_workspaces',
      'start_workspace',
      'stop_workspace',
      'exec',
      'read_file',
      'apply_change_set',
      'preview_change_set',
      'list_ports',
      'read_logs',
      'run_build',
      'list_builds',
      'read_build_log',
      'cancel_build',
    ]);
    const exec = tools.find(({ name }) => name === 'exec');
    expect(exec?.inputSchema).toMatchObject({
      type: 'object',
      required: ['handle', 'command'],
      properties: { timeoutSeconds: { default: 60, maximum: 600 } },
    });
  });

  it('call the API in the name of the token and leave an entry in the audit log', async () => {
    await connect(WRITE_TOKEN);

    const result = await call('exec', { handle: 'my app', command: 'echo hi' });

    expect(result.structuredContent).toMatchObject({ exitCode: 0, stdout: 'hi\n' });
    expect(calls).toEqual([
      {
        route: 'exec',
        input: { handle: 'my app', command: 'echo hi', timeoutSeconds: 60 },
        organizationId: 'organization-1',
      },
    ]);
    expect(entries).toEqual([
      expect.objectContaining({
        action: 'mcp.exec',
        principal: 'token:token-1',
        target: 'workspace:my app',
        detail: { ok: true },
      }),
    ]);
  });

  it('pass query values on', async () => {
    await connect(READ_TOKEN);

    await call('read_logs', { handle: 'a', limit: 5, source: 'app', nonsense: 'x' });

    expect(calls[0]?.input).toEqual({ limit: 5, source: 'app' });
  });

  it('lead to no other route by the name that they are given', async () => {
    await connect(READ_TOKEN);

    await call('read_logs', { handle: '..' });

    expect(calls.map(({ route }) => route)).toEqual(['logs']);
  });

  it('are use of the workspace that they name, also when they only look', async () => {
    await connect(READ_TOKEN);

    await call('list_workspaces');
    await call('read_logs', { handle: 'a' });

    expect(uses).toEqual([['organization-1', 'a']]);
  });

  it.each([
    [
      'exec',
      { handle: 'a', command: 'rm -rf .' },
      'The token does not permit this',
      'scope_missing',
    ],
    ['read_file', { handle: 'gone', path: 'a.txt' }, 'There is no workspace "gone"', 'not_found'],
    [
      'read_file',
      { workspace: 'demo', path: 'a.txt' },
      'The argument "handle" is missing',
      'validation_failed',
    ],
    [
      'read_file',
      { handle: 'a', path: '../../etc/passwd' },
      'The request is not valid',
      'validation_failed',
    ],
    ['unknown_tool', {}, 'There is no tool "unknown_tool"', ''],
  ])('%s with %j fails with the words of the catalogue', async (name, args, words, code) => {
    await connect(READ_TOKEN);

    const result = await call(name, args);

    expect(result.isError).toBe(true);
    expect(result.text).toContain(words);
    expect(result.text).toContain(code);
    expect(calls).toEqual([]);
  });

  it('tell nothing of an error of our own', async () => {
    await connect(WRITE_TOKEN);

    const result = await call('apply_change_set', {
      handle: 'a',
      summary: 's',
      edits: [{ action: 'delete', path: 'a' }],
    });

    expect(result.isError).toBe(true);
    expect(result.text).toContain('Something went wrong in spt-flow');
    expect(result.text).not.toContain('secret');
    expect(entries[0]).toMatchObject({ action: 'mcp.apply_change_set', detail: { ok: false } });
  });
});

describe('access', () => {
  it.each([
    ['without a token', {}, 401],
    ['with a wrong token', { authorization: 'Bearer sptf_api_wrong_wrong_wrong' }, 401],
    ['with the cookie of a browser', { cookie: 'spt_flow_session=abc', origin: OWN_ORIGIN }, 401],
    [
      'from another site',
      { authorization: `Bearer ${WRITE_TOKEN}`, origin: 'https://evil.example' },
      403,
    ],
  ] as const)('is refused %s, before anything is read', async (_name, headers, status) => {
    expect((await post(headers, '{ not JSON')).status).toBe(status);
  });

  it('is by POST only', async () => {
    const response = await fetch(url, { headers: { authorization: `Bearer ${WRITE_TOKEN}` } });

    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST');
  });

  it.each([
    ['{', 400],
    ['x'.repeat(9 * 1024 * 1024), 413],
    [JSON.stringify({ hello: 1 }), 400],
  ])('survives a body that is none', async (body, status) => {
    expect((await post({ authorization: `Bearer ${WRITE_TOKEN}` }, body)).status).toBe(status);
  });
});
