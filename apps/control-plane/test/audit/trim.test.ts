import { and, eq, lte, sql } from 'drizzle-orm';
import { expect, it } from 'vitest';
import { auditLog } from '@spt-flow/db/schema';
import type { Tenant } from '../workspaces/seed.ts';
import { useAuditStage } from './audit-stage.ts';

const stage = useAuditStage();
const KEEP_DAYS = 30;

/** An organization with four entries, of which two are older than what is kept. */
async function withAged() {
  const tenant = await stage.tenant();
  const [here] = stage.replicas;
  for (const daysAgo of [90, 60, 2, 0]) {
    const createdAt = new Date(Date.now() - daysAgo * 86_400_000);
    await stage.db.insert(auditLog).values({ ...stage.entryOf(tenant, { daysAgo }), createdAt });
  }
  await here.seal(tenant.organizationId);
  return tenant;
}

async function actionsOf({ organizationId }: Tenant) {
  const rows = await stage.db
    .select({ sequence: auditLog.sequence, action: auditLog.action })
    .from(auditLog)
    .where(eq(auditLog.organizationId, organizationId))
    .orderBy(auditLog.sequence);
  return rows.map(({ sequence, action }) => `${sequence} ${action}`);
}

async function trimAt(daysLater: number) {
  const replica = stage.createReplica({ keepDays: KEEP_DAYS, daysLater });
  await replica.trim();
  await replica.close();
  return replica;
}

const WHOLE = ['1', '2', '3', '4'].map((number) => `${number} workspace.stop`);

it('removes what is older than what is kept, an hour after a signed anchor took its place', async () => {
  const tenant = await withAged();
  const [here] = stage.replicas;

  await Promise.all([trimAt(0), trimAt(0)]);

  expect(await actionsOf(tenant)).toEqual([...WHOLE, '5 audit.trim']);
  const anchor = expect.objectContaining({ sequence: 2 });
  const intact = { isIntact: true, broken: null, anchor };
  expect(await here.service.verify(tenant.admin)).toMatchObject({ ...intact, entryCount: 3 });

  await trimAt(0.1);

  expect(await actionsOf(tenant)).toEqual([...WHOLE.slice(2), '5 audit.trim']);
  expect(await here.service.verify(tenant.admin)).toMatchObject({ ...intact, entryCount: 3 });
  const file = await here.service.export(
    { principal: tenant.admin, correlationId: 'c' },
    { of: 'organization', format: 'jsonl', after: 0 },
  );
  const lines = [];
  for await (const line of file.lines) lines.push(JSON.parse(line) as object);
  expect(lines).toMatchObject([
    { anchor: { sequence: 2 } },
    ...[3, 4, 5, 6].map((sequence) => ({ sequence })),
    { head: { sequence: 6 } },
  ]);
});

it('goes on where everything was too old', async () => {
  const tenant = await withAged();
  const [here] = stage.replicas;

  await trimAt(60);
  await trimAt(60.1);

  expect(await actionsOf(tenant)).toEqual(['5 audit.trim']);
  await here.audit.record(stage.entryOf(tenant));
  expect(await here.service.verify(tenant.admin)).toMatchObject({ isIntact: true, entryCount: 2 });
});

it('removes nothing that was changed, and says so', async () => {
  const tenant = await withAged();
  const own = sql`${tenant.organizationId}::uuid`;
  await stage.tamper(
    sql`update audit_log set created_at = '2020-01-01' where sequence = 3 and organization_id = ${own}`,
  );

  const replica = await trimAt(0);

  expect(replica.state()).toBe('changed');
  expect(await actionsOf(tenant)).toEqual(WHOLE);
});

it('lets no statement take an anchor away, or put it back', async () => {
  await withAged();
  await trimAt(0);

  for (const statement of [
    sql`delete from audit_log where sequence = 3`,
    sql`delete from audit_anchors`,
    sql`update audit_anchors set sequence = sequence - 1`,
    sql`truncate audit_anchors`,
  ])
    await expect(stage.db.execute(statement)).rejects.toMatchObject({ cause: { code: '42501' } });
});

it('believes no anchor that somebody wrote', async () => {
  const tenant = await withAged();
  const [here] = stage.replicas;
  const own = sql`${tenant.organizationId}::uuid`;
  // A head is signed too, but for another purpose.
  await stage.db.execute(
    sql`insert into audit_anchors select * from audit_heads where chain_id = ${own}`,
  );

  const replica = await trimAt(1);

  expect(replica.state()).toBe('changed');
  expect(await actionsOf(tenant)).toEqual(WHOLE);
  const { organizationId } = tenant;
  const through = and(eq(auditLog.organizationId, organizationId), lte(auditLog.sequence, 4));
  await stage.db.delete(auditLog).where(through);
  expect(await here.service.verify(tenant.admin)).toMatchObject({
    ...{ isIntact: false, broken: { sequence: 4, fault: 'forged' } },
  });
});
