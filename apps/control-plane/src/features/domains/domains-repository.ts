import { and, asc, count, eq, inArray, lte, ne } from 'drizzle-orm';
import type { Database, Queryable, Transaction } from '@spt-flow/db/client';
import { customDomains, projects } from '@spt-flow/db/schema';
import { lockCount } from '../../lib/count-lock-repository.ts';
import type { Claim } from './domain-state.ts';

export type DomainRow = typeof customDomains.$inferSelect;
export type DomainsRepository = ReturnType<typeof createDomainsRepository>;

/** While it is looked at, no other replica does so. */
const LEASE_MS = 60_000;

export function createDomainsRepository(db: Database) {
  return {
    transaction: db.transaction.bind(db),

    async ofProject(projectId: string): Promise<DomainRow[]> {
      return db
        .select()
        .from(customDomains)
        .where(eq(customDomains.projectId, projectId))
        .orderBy(asc(customDomains.name))
        .limit(1000);
    },

    async ofOrganization(organizationId: string, name: string, tx: Queryable = db) {
      const [row] = await tx
        .select()
        .from(customDomains)
        .where(and(eq(customDomains.organizationId, organizationId), eq(customDomains.name, name)));
      return row;
    },

    /** Until the transaction ends nobody else counts them. */
    async countOf(organizationId: string, tx: Queryable): Promise<number> {
      await lockCount(tx, `domains:${organizationId}`);
      const [row] = await tx
        .select({ count: count() })
        .from(customDomains)
        .where(eq(customDomains.organizationId, organizationId));
      return row?.count ?? 0;
    },

    /** Undefined when the organization has the domain already, at a project that is still there. */
    async insert(
      values: Pick<DomainRow, 'organizationId' | 'projectId' | 'name' | 'claimedAt'>,
      tx: Transaction,
    ): Promise<DomainRow | undefined> {
      const { organizationId, name } = values;
      const archived = tx
        .select({ id: projects.id })
        .from(projects)
        .where(and(eq(projects.organizationId, organizationId), eq(projects.status, 'archived')));
      await tx
        .delete(customDomains)
        .where(and(eq(customDomains.name, name), inArray(customDomains.projectId, archived)));
      const [row] = await tx
        .insert(customDomains)
        .values(values)
        .onConflictDoNothing({ target: [customDomains.organizationId, customDomains.name] })
        .returning();
      return row;
    },

    /** All that is said about a name, by whomever; nobody else decides about it until the transaction ends. */
    async lockClaims(name: string, tx: Transaction): Promise<DomainRow[]> {
      return tx
        .select()
        .from(customDomains)
        .where(eq(customDomains.name, name))
        .orderBy(asc(customDomains.id))
        .for('update');
    },

    async update(
      id: string,
      change: Claim & Partial<Pick<DomainRow, 'checkedAt' | 'nextCheckAt'>>,
      tx: Transaction,
    ): Promise<DomainRow | undefined> {
      const [row] = await tx
        .update(customDomains)
        .set(change)
        .where(eq(customDomains.id, id))
        .returning();
      return row;
    },

    async remove(id: string, tx: Transaction): Promise<boolean> {
      const removed = await tx
        .delete(customDomains)
        .where(eq(customDomains.id, id))
        .returning({ id: customDomains.id });
      return removed.length > 0;
    },

    async removeClaimsBefore(before: Date, tx: Transaction): Promise<DomainRow[]> {
      return tx
        .delete(customDomains)
        .where(and(eq(customDomains.state, 'pending'), lte(customDomains.claimedAt, before)))
        .returning();
    },

    /** Those whose time has come, for this replica alone. */
    async takeDue(now: Date, limit: number): Promise<DomainRow[]> {
      const due = db
        .select({ id: customDomains.id })
        .from(customDomains)
        .where(lte(customDomains.nextCheckAt, now))
        .orderBy(asc(customDomains.nextCheckAt))
        .limit(limit)
        .for('update', { skipLocked: true });
      return db
        .update(customDomains)
        .set({ nextCheckAt: new Date(now.getTime() + LEASE_MS) })
        .where(inArray(customDomains.id, due))
        .returning();
    },

    /** Names that were proven, with the app that answers there. */
    async served(): Promise<{ name: string; slug: string }[]> {
      return db
        .select({ name: customDomains.name, slug: projects.slug })
        .from(customDomains)
        .innerJoin(projects, eq(projects.id, customDomains.projectId))
        .where(and(ne(customDomains.state, 'pending'), ne(projects.status, 'archived')));
    },
  };
}
