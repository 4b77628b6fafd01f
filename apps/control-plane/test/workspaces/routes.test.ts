import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { auditLog } from '@spt-flow/db/schema';
import {
  createLogs,
  createLogsRepository,
  registerLogRoutes,
} from '../../src/features/logs/index.ts';
import { registerWorkspaceRoutes } from '../../src/features/workspaces/index.ts';
import { findMarked } from '../../src/features/providers/local/leftovers.ts';
import { createAudit } from '../../src/lib/audit-repository.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { Principal } from '../../src/lib/principal.ts';
import { useDatabases, type TestDatabase } from '../support/database.ts';
import { createHttpShell } from '../support/http-shell.ts';
import { KEEP_ALL_LOGS } from '../support/database.ts';
import { seedTenant, type Tenant } from './seed.ts';
import {
  newDataDirectory,
  startWorkspacesServer,
  type WorkspacesServer,
} from './workspaces-server.ts';
import { portOf } from '../support/ports.ts';

const newDatabase = useDatabases();
let database: TestDatabase;
let server: WorkspacesServer;
let app: FastifyInstance;
let tenant: Tenant;
let data: Awaited<ReturnType<typeof newDataDirectory>>;
let workspaceId: string;
const uses: string[][] = [];
const principals = new Map<string, Principal>();

beforeAll(async () => {
  database = await newDatabase();
  tenant = await seedTenant(database.db);
  data = await newDataDirectory();
  server = await startWorkspacesServer({
    db: database.db,
    installationId: randomUUID(),
    dataDirectory: data.path,
  });
  await server.workspaces.boot();
  app = await createApp();
  workspaceId = await server.create(tenant, { name: 'cafe' });
}, 60_000);
beforeEach(async () => {
  await server.workspaces.service.ensureReady(workspaceId, { correlationId: 'test' });
});
afterAll(async () => {
  await app.close();
  await server.close();
  await data.remove();
});

async function createApp(): Promise<FastifyInstance> {
  const created = await createHttpShell(principals);
  const { service, content } = server.workspaces;
  registerWorkspaceRoutes(created, {
    workspaces: service,
    content,
    audit: createAudit(database.db),
    onUse: (id, source) => void uses.push([id, source]),
  });
  const logs = createLogs({
    repository: createLogsRepository(database.db, KEEP_ALL_LOGS),
    clock: systemClock,
  });
  registerLogRoutes(created, {
    logs,
    findWorkspace: service.find,
    findProject: () => Promise.reject(new Error('nobody asks for projects here')),
  });
  return created;
}

function tokenFor(principal: Principal): string {
  const token = `token-${randomUUID()}`;
  principals.set(token, principal);
  return token;
}

interface Answer {
  success: boolean;
  data: Record<string, unknown> & { items: Record<string, unknown>[] };
  error: { code: string };
}

async function call(
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  options: { body?: object; as?: Principal } = {},
) {
  const response = await app.inject({
    method,
    url: `/api/v1/workspaces${path}`,
    headers: { authorization: `Bearer ${tokenFor(options.as ?? tenant.principal)}` },
    ...(options.body && { payload: options.body }),
  });
  return { status: response.statusCode, ...response.json<Answer>() };
}

describe('workspaces over HTTP', () => {
  it('are listed, read by name and by id, and have a timeline and a log', async () => {
    expect((await call('GET', '')).data.items.map(({ name }) => name)).toEqual(['cafe']);
    expect((await call('GET', '/cafe')).data).toMatchObject({
      id: workspaceId,
      actualState: 'running',
    });
    expect((await call('GET', `/${workspaceId}`)).data['name']).toBe('cafe');
    expect((await call('GET', '/cafe/transitions?limit=1')).data.items[0]?.['kind']).toBe('start');
    const { items } = (await call('GET', '/cafe/logs?source=start&search=ready')).data;
    expect(items.at(-1)).toMatchObject({ source: 'start', text: expect.stringMatching(/^Ready/) });
  });

  it('run commands, list files and read them; only commands are use', async () => {
    uses.length = 0;
    const result = await call('POST', '/cafe/exec', {
      body: { command: 'echo hello > hello.txt; cat hello.txt; exit 4' },
    });
    expect(result.data).toEqual({ exitCode: 4, stdout: 'hello\n', stderr: '', truncated: false });

    expect((await call('GET', '/cafe/files')).data.items).toContainEqual({
      path: 'hello.txt',
      kind: 'file',
      size: 6,
    });
    expect((await call('GET', '/cafe/file?path=hello.txt')).data).toMatchObject({
      text: 'hello\n',
    });
    expect(new Set(uses.map(String))).toEqual(new Set([`${workspaceId},command`]));
    expect(uses).toHaveLength(2);
  });

  it.each(['..%2Fsecret', '%2Fetc%2Fpasswd', 'a%2F..%2Fb', 'a%00b', ''])(
    'refuse the path "%s"',
    async (path) => {
      expect(await call('GET', `/cafe/file?path=${path}`)).toMatchObject({
        status: 400,
        success: false,
        error: { code: 'validation_failed' },
      });
    },
  );

  it.each([
    { command: '' },
    { command: 'x', timeoutSeconds: 0 },
    { command: 'x', timeoutSeconds: 601 },
    {},
  ])('refuse the command %j', async (body) => {
    expect((await call('POST', '/cafe/exec', { body })).error.code).toBe('validation_failed');
  });

  it('record that a command ran, not what it was', async () => {
    await call('POST', '/cafe/exec', { body: { command: 'echo password-1234' } });

    const rows = await database.db.select().from(auditLog);
    expect(rows.map(({ action }) => action)).toContain('workspace.exec');
    expect(JSON.stringify(rows)).not.toContain('password-1234');
  });

  it('are not found for another organization, whatever is asked', async () => {
    const { principal } = await seedTenant(database.db);
    const asked = [
      call('GET', '/cafe', { as: principal }),
      call('GET', `/${workspaceId}/logs`, { as: principal }),
      call('GET', `/${workspaceId}/transitions`, { as: principal }),
      call('GET', `/${workspaceId}/files`, { as: principal }),
      call('GET', `/${workspaceId}/file?path=a`, { as: principal }),
      call('POST', `/${workspaceId}/exec`, { as: principal, body: { command: 'id' } }),
      call('POST', `/${workspaceId}/stop`, { as: principal }),
      call('DELETE', `/${workspaceId}`, { as: principal }),
    ];

    for (const answer of await Promise.all(asked))
      expect(answer).toMatchObject({ status: 404, data: null, error: { code: 'not_found' } });
  });

  it('may be looked at, not changed, by readers', async () => {
    const reader: Principal = { ...tenant.principal, role: 'readonly', scope: 'read' };

    expect((await call('GET', '/cafe/files', { as: reader })).status).toBe(200);
    for (const path of ['/cafe/exec', '/cafe/stop', '/cafe/start']) {
      expect(await call('POST', path, { as: reader, body: { command: 'id' } })).toMatchObject({
        status: 403,
        error: { code: 'not_permitted' },
      });
    }
  });

  it('stop and start with 202; what needs them running says that they are stopped', async () => {
    expect(await call('POST', '/cafe/stop')).toMatchObject({
      status: 202,
      data: { desiredState: 'stopped' },
    });
    await server.untilState(workspaceId, 'stopped');

    expect(await call('POST', '/cafe/exec', { body: { command: 'id' } })).toMatchObject({
      status: 409,
      error: { code: 'workspace_stopped' },
    });

    expect(await call('POST', '/cafe/start')).toMatchObject({
      status: 202,
      data: { desiredState: 'running' },
    });
    await server.untilState(workspaceId, 'running');
  });

  it('end a command when its caller goes away', async () => {
    await app.listen({ port: 0, host: '127.0.0.1' });
    const port = await portOf(app.server);
    const marker = 'sleep 1234.5';
    const headers = {
      authorization: `Bearer ${tokenFor(tenant.principal)}`,
      'content-type': 'application/json',
    };
    const caller = httpRequest({
      port,
      host: '127.0.0.1',
      method: 'POST',
      path: '/api/v1/workspaces/cafe/exec',
      headers,
    });
    caller.on('error', () => undefined);
    caller.end(JSON.stringify({ command: marker }));
    await vi.waitFor(async () => expect(await runs(marker)).toBe(true), { timeout: 10_000 });

    caller.destroy();

    await vi.waitFor(async () => expect(await runs(marker)).toBe(false), { timeout: 10_000 });
  });
});

async function runs(command: string): Promise<boolean> {
  const pids = await findMarked({ SPT_FLOW_WORKSPACE_ID: workspaceId });
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return lines.some((line) => line.replaceAll('\0', ' ').includes(command));
}
