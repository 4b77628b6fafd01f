import { eq } from 'drizzle-orm';
import type { Database, Queryable } from '@spt-flow/db/client';
import { organizations } from '@spt-flow/db/schema';
import type { LifecyclePolicy } from '@spt-flow/shared/domain/lifecycle-policy';

export type PolicyRepository = ReturnType<typeof createPolicyRepository>;

export function createPolicyRepository(db: Database) {
  return {
    transaction: db.transaction.bind(db),

    /** Null: it never said anything; whoever changes it afterwards waits until the transaction ends. */
    async lock(organizationId: string, tx: Queryable) {
      const [row] = await tx
        .select({ policy: organizations.lifecyclePolicy })
        .from(organizations)
        .where(eq(organizations.id, organizationId))
        .for('update');
      return row?.policy ?? null;
    },

    async of(organizationId: string) {
      const [row] = await db
        .select({ policy: organizations.lifecyclePolicy })
        .from(organizations)
        .where(eq(organizations.id, organizationId));
      return row?.policy ?? null;
    },

    async set(organizationId: string, lifecyclePolicy: LifecyclePolicy, tx: Queryable) {
      await tx
        .update(organizations)
        .set({ lifecyclePolicy })
        .where(eq(organizations.id, organizationId));
    },
  };
}
