import { eq, sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { auditLog } from '@spt-flow/db/schema';
import type { Tenant } from '../workspaces/seed.ts';
import { useAuditStage } from './audit-stage.ts';

const stage = useAuditStage();

/** An organization with some sealed entries. */
async function withEntries(count: number) {
  const tenant = await stage.tenant();
  const [here] = stage.replicas;
  const entries = Array.from({ length: count }, (_, index) =>
    stage.entryOf(tenant, { number: index + 1 }),
  );
  await here.audit.recordAll(entries, stage.db);
  await here.seal(tenant.organizationId);
  return tenant;
}

async function rowsOf({ organizationId }: Tenant) {
  return stage.db
    .select()
    .from(auditLog)
    .where(eq(auditLog.organizationId, organizationId))
    .orderBy(auditLog.sequence);
}

describe('the chain of an organization', () => {
  it('numbers without gaps what two replicas write and seal at once', async () => {
    const tenant = await stage.tenant();

    await Promise.all(
      Array.from({ length: 120 }, async (_, index) => {
        const { audit, seal } = stage.replicas[index % 2 === 0 ? 0 : 1];
        await stage.db
          .transaction(async (tx) => {
            await audit.record(stage.entryOf(tenant, { index }), tx);
            if (index % 10 === 9) tx.rollback();
          })
          .catch(() => undefined);
        await seal(tenant.organizationId);
      }),
    );

    const rows = await rowsOf(tenant);
    expect(rows.map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: 108 }, (_, index) => index + 1),
    );
    expect(rows[0]).toMatchObject({ principalName: 'Dana Developer', result: 'done' });
    const [, there] = stage.replicas;
    expect(await there.service.verify(tenant.admin)).toMatchObject({
      ...{ isIntact: true, broken: null, entryCount: 108, waitingCount: 0 },
      head: { sequence: 108 },
    });
    expect(stage.errors).toEqual([]);
  });

  it('takes in by itself what was written before there was one', async () => {
    const tenant = await stage.tenant();
    await stage.db.insert(auditLog).values([stage.entryOf(tenant), stage.entryOf(tenant)]);

    const replica = stage.createReplica();
    replica.start();

    await expect
      .poll(async () => (await rowsOf(tenant)).map(({ sequence }) => sequence))
      .toEqual([1, 2]);
    await replica.close();
  });

  it.each([
    [
      'changed',
      { sequence: 2, fault: 'changed' },
      sql`update audit_log set detail = '{"number": 9}' where sequence = 2 and organization_id = `,
    ],
    [
      'deleted',
      { sequence: 2, fault: 'missing' },
      sql`delete from audit_log where sequence = 2 and organization_id = `,
    ],
    [
      'cut off at the end',
      { sequence: 4, fault: 'cut' },
      sql`delete from audit_log where sequence > 3 and organization_id = `,
    ],
    [
      'taken out to be sealed anew',
      { sequence: 2, fault: 'missing' },
      sql`update audit_log set sequence = null where sequence = 2 and organization_id = `,
    ],
  ])('names the first entry of what was %s by hand', async (_what, broken, statement) => {
    const tenant = await withEntries(5);

    await stage.tamper(sql`${statement} ${tenant.organizationId}::uuid`);
    const [, there] = stage.replicas;

    expect(await there.service.verify(tenant.admin)).toMatchObject({ isIntact: false, broken });
    await there.audit.record(stage.entryOf(tenant));
    // What comes later does not cover it up.
    const { sequence } = broken;
    expect(await there.service.verify(tenant.admin)).toMatchObject({ broken: { sequence } });
  });

  it('does not grow from an end that somebody wrote, or put back', async () => {
    const tenant = await withEntries(3);
    const [here] = stage.replicas;
    const own = sql`${tenant.organizationId}::uuid`;
    const { rows } = await stage.db.execute(sql`select * from audit_heads where chain_id = ${own}`);
    await here.audit.record(stage.entryOf(tenant));
    await here.seal(tenant.organizationId);
    const shorter = sql`update audit_heads set sequence = 3 where chain_id = ${own}`;
    await stage.tamper(
      sql`delete from audit_log where sequence = 4 and organization_id = ${own}`,
      shorter,
    );
    await here.audit.record(stage.entryOf(tenant));

    const another = stage.createReplica();
    await expect(another.seal(tenant.organizationId)).rejects.toThrow('was changed');
    expect(await another.service.verify(tenant.admin)).toMatchObject({
      ...{ isIntact: false, waitingCount: 1, broken: { sequence: 3, fault: 'forged' } },
    });

    await stage.tamper(
      sql`delete from audit_heads where chain_id = ${own}`,
      sql`insert into audit_heads select * from jsonb_populate_recordset(null::audit_heads,
        ${JSON.stringify(rows)}::jsonb)`,
    );
    await expect(here.seal(tenant.organizationId)).rejects.toThrow('was changed');
    expect(await here.service.verify(tenant.admin)).toMatchObject({
      ...{ isIntact: false, broken: { sequence: 4, fault: 'cut' } },
    });
  });

  it('is not taken for shortened by who verifies while it grows', async () => {
    const tenant = await withEntries(600);
    const [here] = stage.replicas;

    const verifying = here.service.verify(tenant.admin);
    for (let number = 1; number <= 20; number += 1) {
      await here.audit.record(stage.entryOf(tenant, { number }));
      await here.seal(tenant.organizationId);
    }

    expect(await verifying).toMatchObject({ isIntact: true, broken: null });
  });

  it('is told to be changed, once, for as long as it does not grow', async () => {
    const tenant = await withEntries(2);
    const own = sql`${tenant.organizationId}::uuid`;
    await stage.tamper(sql`update audit_heads set sequence = 1 where chain_id = ${own}`);
    const toldOf: unknown[] = [];
    const replica = stage.createReplica({ toldOf });
    replica.start();

    for (let number = 1; number <= 3; number += 1) {
      await replica.audit.record(stage.entryOf(tenant, { number }));
      await expect.poll(replica.state).toBe('changed');
    }

    expect(toldOf.map(String)).toEqual([expect.stringContaining('The end of the audit log')]);
    await stage.tamper(sql`update audit_heads set sequence = 2 where chain_id = ${own}`);
    await replica.audit.record(stage.entryOf(tenant));
    await expect.poll(replica.state).toBe('ok');
    await replica.close();
  });

  it('is not changed, emptied or shortened by a statement', async () => {
    const tenant = await withEntries(1);
    const refused = { cause: { code: '42501' } };

    for (const statement of [
      sql`update audit_log set action = 'x'`,
      sql`update audit_log set sequence = 7, hash = 'x' where organization_id = ${tenant.organizationId}::uuid`,
      sql`delete from audit_log`,
      sql`truncate audit_log`,
      sql`delete from audit_heads`,
    ])
      await expect(stage.db.execute(statement)).rejects.toMatchObject(refused);
  });
});
