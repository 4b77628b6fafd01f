import { and, desc, eq, gt, sql } from 'drizzle-orm';
import type { Database, Queryable } from '@spt-flow/db/client';
import { monthlyCosts, organizations, users } from '@spt-flow/db/schema';

export type CostsRepository = ReturnType<typeof createCostsRepository>;

const SPENT = sql<string>`sum(${monthlyCosts.micros})`.mapWith(Number);

/** More members than this are told as the first ones. */
const MAX_OWNERS = 200;

export function createCostsRepository(db: Database) {
  return {
    /** Undefined: it has none of its own. */
    async budgetOf(organizationId: string): Promise<number | undefined> {
      const [row] = await db
        .select({ micros: organizations.monthlyBudgetMicros })
        .from(organizations)
        .where(eq(organizations.id, organizationId));
      return row?.micros ?? undefined;
    },

    async setBudget(organizationId: string, micros: number | null, tx: Queryable): Promise<void> {
      await tx
        .update(organizations)
        .set({ monthlyBudgetMicros: micros })
        .where(eq(organizations.id, organizationId));
    },

    transaction: db.transaction.bind(db),

    async ofMonth(organizationId: string, month: string) {
      return db
        .select({ ownerId: users.id, ownerName: users.name, micros: SPENT })
        .from(monthlyCosts)
        .innerJoin(users, eq(users.id, monthlyCosts.userId))
        .where(and(eq(monthlyCosts.organizationId, organizationId), eq(monthlyCosts.month, month)))
        .groupBy(users.id)
        .having(gt(SPENT, 0))
        .orderBy(desc(SPENT), users.id)
        .limit(MAX_OWNERS);
    },
  };
}
