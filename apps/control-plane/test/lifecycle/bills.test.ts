import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { projects } from '@spt-flow/db/schema';
import {
  addToMonth,
  createBillsRepository,
  createBillsService,
  registerBillRoutes,
} from '../../src/features/bills/index.ts';
import { createSpendingRepository } from '../../src/features/chat/spending-repository.ts';
import { createAudit } from '../../src/lib/audit-repository.ts';
import type { Principal } from '../../src/lib/principal.ts';
import { createHttpShell } from '../support/http-shell.ts';
import { useDatabases, type TestDatabase } from '../support/database.ts';
import { seedTenant, seedWorkspace, type Tenant } from '../workspaces/seed.ts';

const newDatabase = useDatabases();
const AT = new Date('2026-11-27T10:00:00Z');
let db: TestDatabase['db'];
let tenant: Tenant;
let shop: Awaited<ReturnType<typeof seedWorkspace>>;

beforeEach(async () => {
  ({ db } = await newDatabase());
  tenant = await seedTenant(db);
  shop = await seedWorkspace(db, tenant);
});

function bills() {
  const clock = { now: () => AT };
  const parts = { repository: createBillsRepository(db), audit: createAudit(db) };
  return createBillsService({ ...parts, currency: 'EUR', clock });
}

function used() {
  const { organizationId, userId } = tenant;
  return { organizationId, userId, projectId: shop.projectId };
}

describe('the bill of a month', () => {
  it('adds up machines and models by person and project, and outlives the project', async () => {
    await addToMonth(db, AT, [{ ...used(), seconds: 5400, micros: 250_000 }]);
    await addToMonth(db, AT, [{ ...used(), seconds: 1800, micros: 50_000 }]);
    await addToMonth(db, new Date('2026-12-01T00:00:00Z'), [{ ...used(), seconds: 60 }]);
    const tokens = { inputTokens: 100, cachedInputTokens: 0, writtenInputTokens: 0 };
    await db.transaction((tx) =>
      createSpendingRepository(db).addUse(
        {
          ...{ ...used(), workspaceId: shop.id, model: 'small', ...tokens },
          ...{ outputTokens: 7, costMicros: 3_000 },
        },
        AT,
        tx,
      ),
    );
    await db.delete(projects);
    // What a model costs is known a moment later.
    await addToMonth(db, AT, [{ ...used(), outputTokens: 1 }]);

    const { items } = await bills().get(tenant.principal, undefined);

    expect(items).toMatchObject([
      {
        ...{ userId: tenant.userId, projectId: shop.projectId, workspaceHours: 2 },
        ...{ workspaceCost: 0.3, inputTokens: 100, outputTokens: 8, modelCostUsd: 0.003 },
      },
    ]);
    expect(items[0]?.projectName).not.toBe('');
    const other = await seedTenant(db);
    expect((await bills().get(other.principal, '2026-11')).items).toEqual([]);
  });

  it('is a table for admins, in which no name is a formula', async () => {
    await db.update(projects).set({ name: '=HYPERLINK("http://evil")' });
    await addToMonth(db, AT, [{ ...used(), seconds: 3600 }]);
    const principals = new Map<string, Principal>();
    const app = await createHttpShell(principals);
    registerBillRoutes(app, bills());
    const ask = (scope: 'write' | 'admin', query: string) => {
      const token = `token-${randomUUID()}`;
      principals.set(token, { ...tenant.principal, scope });
      const headers = { authorization: `Bearer ${token}` };
      return app.inject({ url: `/api/v1/bill.csv${query}`, headers });
    };

    const file = await ask('admin', '?month=2026-11');
    expect(file.headers['content-disposition']).toBe('attachment; filename="spt-flow-2026-11.csv"');
    expect(file.body.split('\r\n')[1]).toContain(`"'=HYPERLINK(""http://evil"")"`);
    expect((await ask('write', '')).statusCode).toBe(403);
    expect((await ask('admin', '?month=2026-13')).statusCode).toBe(400);
    await app.close();
  });
});
