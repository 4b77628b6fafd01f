import { randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '@spt-flow/db/client';
import { projects, workspaces } from '@spt-flow/db/schema';
import { logRoutes } from '@spt-flow/shared/api/logs';
import { AppError } from '@spt-flow/shared/domain/errors';
import {
  createLogs,
  createLogsRepository,
  registerLogRoutes,
} from '../../src/features/logs/index.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { Principal } from '../../src/lib/principal.ts';
import { KEEP_ALL_LOGS, useDatabases } from '../support/database.ts';
import { createHttpShell } from '../support/http-shell.ts';
import { seedTenant, seedWorkspace, type Tenant } from '../workspaces/seed.ts';

const newDatabase = useDatabases();
const principals = new Map<string, Principal>();
let db: Database;
let app: FastifyInstance;
let tenant: Tenant;
let shop: Awaited<ReturnType<typeof seedWorkspace>>;
let other: Awaited<ReturnType<typeof seedWorkspace>>;

/** By id, within the organization: what the real ones do too. */
function finder(table: typeof projects | typeof workspaces) {
  return async (organizationId: string, handle: string) => {
    const [row] = await db
      .select({ id: table.id })
      .from(table)
      .where(and(eq(table.id, handle), eq(table.organizationId, organizationId)));
    if (!row) throw new AppError('not_found');
    return row;
  };
}

beforeAll(async () => {
  ({ db } = await newDatabase());
  tenant = await seedTenant(db);
  shop = await seedWorkspace(db, tenant);
  other = await seedWorkspace(db, tenant);
  const logs = createLogs({
    repository: createLogsRepository(db, KEEP_ALL_LOGS),
    clock: systemClock,
  });
  for (const { id } of [shop, other]) {
    const said = { source: 'app', level: 'info' } as const;
    await logs.append({ workspaceId: id, organizationId: tenant.organizationId }, [
      { ...said, text: `one of ${id}`, at: Date.now() - 1000, correlationId: 'operation-1' },
      { ...said, text: `two of ${id}`, at: Date.now() },
    ]);
  }
  app = await createHttpShell(principals);
  registerLogRoutes(app, {
    logs,
    findWorkspace: finder(workspaces),
    findProject: finder(projects),
  });
}, 60_000);
afterAll(() => app.close());

async function search(query: Record<string, string>, as: Principal = tenant.principal) {
  const token = `token-${randomUUID()}`;
  principals.set(token, as);
  const response = await app.inject({
    ...{ method: 'GET', url: '/api/v1/logs', query },
    headers: { authorization: `Bearer ${token}` },
  });
  return { status: response.statusCode, ...response.json<{ data: unknown; error: unknown }>() };
}

async function texts(query: Record<string, string>, as?: Principal): Promise<string[]> {
  const { data } = await search(query, as);
  return logRoutes.search.response.parse(data).items.map(({ text }) => text);
}

describe('GET /api/v1/logs', () => {
  it('finds the lines of an operation in all workspaces', async () => {
    const found = await texts({ correlationId: 'operation-1' });

    expect(found.toSorted()).toEqual([`one of ${shop.id}`, `one of ${other.id}`].toSorted());
  });

  it.each([
    ['a workspace', () => ({ workspace: shop.id })],
    ['a project', () => ({ project: shop.projectId })],
    ['both', () => ({ project: shop.projectId, workspace: shop.id })],
  ])('of %s are its own, the newest first', async (_name, query) => {
    expect(await texts(query())).toEqual([`two of ${shop.id}`, `one of ${shop.id}`]);
  });

  it('shows another organization nothing, and does not know the ids that it names', async () => {
    const { principal } = await seedTenant(db);
    const notFound = { status: 404, data: null, error: { code: 'not_found' } };

    expect(await texts({}, principal)).toEqual([]);
    expect(await texts({ correlationId: 'operation-1' }, principal)).toEqual([]);
    expect(await search({ workspace: shop.id }, principal)).toMatchObject(notFound);
    expect(await search({ project: shop.projectId }, principal)).toMatchObject(notFound);
  });

  it('may be asked by readers', async () => {
    const reader: Principal = { ...tenant.principal, role: 'readonly', scope: 'read' };

    expect(await texts({ limit: '1' }, reader)).toHaveLength(1);
  });

  it.each([{ cursor: 'nonsense' }, { since: 'yesterday' }, { level: 'loud' }, { limit: '100000' }])(
    'refuses %o',
    async (query) => {
      expect(await search(query)).toMatchObject({
        status: 400,
        error: { code: 'validation_failed' },
      });
    },
  );
});
