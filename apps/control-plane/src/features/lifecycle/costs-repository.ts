import { and, desc, eq, sql } from 'drizzle-orm';
import type { Database, Queryable } from '@spt-flow/db/client';
import { monthlyCosts, organizations, users } from '@spt-flow/db/schema';

export type CostsRepository = ReturnType<typeof createCostsRepository>;
type Charge = Omit<typeof monthlyCosts.$inferInsert, 'month'>;

/** More members than this are told as the first ones. */
const MAX_OWNERS = 200;

export function createCostsRepository(db: Database) {
  return {
    async add(month: string, charges: readonly Charge[], tx: Queryable): Promise<void> {
      if (charges.length === 0) return;
      const { organizationId, userId, micros } = monthlyCosts;
      await tx
        .insert(monthlyCosts)
        .values(charges.map((charge) => ({ ...charge, month })))
        .onConflictDoUpdate({
          target: [organizationId, userId, monthlyCosts.month],
          set: { micros: sql`${micros} + excluded.micros` },
        });
    },

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
        .select({ ownerId: users.id, ownerName: users.name, micros: monthlyCosts.micros })
        .from(monthlyCosts)
        .innerJoin(users, eq(users.id, monthlyCosts.userId))
        .where(and(eq(monthlyCosts.organizationId, organizationId), eq(monthlyCosts.month, month)))
        .orderBy(desc(monthlyCosts.micros), users.id)
        .limit(MAX_OWNERS);
    },
  };
}
