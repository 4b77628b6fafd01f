import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { conversations, messages } from '@spt-flow/db/schema';
import { pageOrder } from '../../src/lib/page-order.ts';
import { useDatabases } from '../support/database.ts';
import { seedProject, seedTenant } from '../workspaces/seed.ts';

const ORDER = pageOrder(messages.createdAt, messages.id);

describe('the order of pages', () => {
  const newDatabase = useDatabases();

  it('shows every row once, also those of one millisecond', async () => {
    const { db } = await newDatabase();
    const tenant = await seedTenant(db);
    const { organizationId } = tenant;
    const projectId = await seedProject(db, tenant);
    const [conversation] = await db
      .insert(conversations)
      .values({ organizationId, projectId })
      .returning();
    if (!conversation) throw new Error('insert returned no row');
    const values = Array.from({ length: 7 }, (_, index) => ({
      id: randomUUID(),
      organizationId,
      conversationId: conversation.id,
      role: 'user' as const,
      content: String(index),
      createdAt: sql`'2026-01-01T00:00:00.000001Z'::timestamptz + ${index} * interval '17 microseconds'`,
    }));
    await db.insert(messages).values(values);

    const seen: string[] = [];
    for (let page = 0; page < 4; page += 1) {
      const last = await lastOf(seen);
      const rows = await db
        .select()
        .from(messages)
        .where(last && ORDER.olderThan(last))
        .orderBy(...ORDER.orderBy)
        .limit(2);
      seen.push(...rows.map(({ id }) => id));
    }

    expect(new Set(seen)).toEqual(new Set(values.map(({ id }) => id)));
    expect(seen).toHaveLength(7);

    async function lastOf(ids: readonly string[]) {
      const id = ids.at(-1);
      if (id === undefined) return undefined;
      const [row] = await db
        .select()
        .from(messages)
        .where(sql`${messages.id} = ${id}`);
      return row && { at: row.createdAt, id };
    }
  });
});
