import { and, asc, count, eq, gt, inArray, isNull, lt, lte, max, or, sql } from 'drizzle-orm';
import type { Database } from '@spt-flow/db/client';
import {
  forgeDeliveries,
  forgeLinks,
  organizations,
  pipelines,
  projects,
} from '@spt-flow/db/schema';

/** How far the clock of a forge may be behind ours. */
const CLOCK_DIFFERENCE_MS = 3_600_000;

export type ForgeLinkRow = typeof forgeLinks.$inferSelect;
export type ForgeRepository = ReturnType<typeof createForgeRepository>;
type LinkChange = Partial<typeof forgeLinks.$inferInsert>;

/** What a visit found, to be written if nobody asked meanwhile. */
export interface Outcome {
  readonly state: ForgeLinkRow['state'];
  readonly detail: string | null;
  readonly attempts: number;
  readonly dueAt: Date;
  readonly change?: LinkChange;
}

/** createForgeRepository keeps what is to be carried: rows are the outbox, so that nothing is lost with a process. */
export function createForgeRepository(db: Database) {
  return {
    transaction: db.transaction.bind(db),

    async find(projectId: string): Promise<ForgeLinkRow | undefined> {
      const [row] = await db.select().from(forgeLinks).where(eq(forgeLinks.projectId, projectId));
      return row;
    },

    /** The project with what belongs to it; undefined: it is being deleted. */
    async project(projectId: string) {
      const [row] = await db
        .select({
          ...{ id: projects.id, name: projects.name, slug: projects.slug },
          ...{ description: projects.description, status: projects.status },
          ...{ remoteId: projects.gitlabProjectId, cloneUrl: projects.gitlabRepoUrl },
          organization: { name: organizations.name, slug: organizations.slug },
        })
        .from(projects)
        .innerJoin(organizations, eq(organizations.id, projects.organizationId))
        .where(eq(projects.id, projectId));
      return row?.status === 'archived' ? undefined : row;
    },

    async setRemote(
      projectId: string,
      remote: { remoteId: number | null; cloneUrl: string | null },
    ): Promise<void> {
      await db
        .update(projects)
        .set({ gitlabProjectId: remote.remoteId, gitlabRepoUrl: remote.cloneUrl })
        .where(eq(projects.id, projectId));
    },

    /** Something is to be carried, as soon as may be. */
    async ask(
      link: { projectId: string; organizationId: string; now: Date },
      change: LinkChange = {},
    ): Promise<void> {
      const { now, ...key } = link;
      await db
        .insert(forgeLinks)
        .values({
          ...{ ...key, dueAt: now, ...change },
          pipelinesUntil: new Date(now.getTime() - CLOCK_DIFFERENCE_MS),
        })
        .onConflictDoUpdate({
          target: forgeLinks.projectId,
          set: { ...change, dueAt: now, asked: sql`${forgeLinks.asked} + 1` },
        });
    },

    /** Something new of a project that is in the forge already. */
    async askIfLinked(projectId: string, now: Date): Promise<void> {
      await db
        .update(forgeLinks)
        .set({ dueAt: now, asked: sql`${forgeLinks.asked} + 1` })
        .where(eq(forgeLinks.projectId, projectId));
    },

    /** False: it was told before. */
    async takeDelivery(
      delivery: { id: string; projectId: string; receivedAt: Date },
      change: LinkChange,
    ): Promise<boolean> {
      return db.transaction(async (tx) => {
        const taken = await tx
          .insert(forgeDeliveries)
          .values(delivery)
          .onConflictDoNothing()
          .returning({ id: forgeDeliveries.id });
        if (taken.length === 0) return false;
        await tx
          .update(forgeLinks)
          .set({ ...change, asked: sql`${forgeLinks.asked} + 1` })
          .where(eq(forgeLinks.projectId, delivery.projectId));
        return true;
      });
    },

    async removeDeliveriesBefore(before: Date): Promise<void> {
      await db.delete(forgeDeliveries).where(lt(forgeDeliveries.receivedAt, before));
    },

    /** One that is due and that nobody is at, held for this visitor alone. */
    async claim(now: Date, heldUntil: Date): Promise<ForgeLinkRow | undefined> {
      const due = db
        .select({ projectId: forgeLinks.projectId })
        .from(forgeLinks)
        .where(
          and(
            lte(forgeLinks.dueAt, now),
            or(isNull(forgeLinks.heldUntil), lt(forgeLinks.heldUntil, now)),
          ),
        )
        .orderBy(asc(forgeLinks.dueAt))
        .limit(1)
        .for('update', { skipLocked: true });
      const [row] = await db
        .update(forgeLinks)
        .set({ heldUntil })
        .where(inArray(forgeLinks.projectId, due))
        .returning();
      return row;
    },

    /** False: somebody else holds it by now. */
    async renew({ projectId, heldUntil }: ForgeLinkRow, until: Date): Promise<boolean> {
      const { rowCount } = await db
        .update(forgeLinks)
        .set({ heldUntil: until })
        .where(and(eq(forgeLinks.projectId, projectId), isHeld(heldUntil)));
      return rowCount === 1;
    },

    /** Ends a visit. What was asked during it stays due. */
    async settle(visit: ForgeLinkRow, outcome: Outcome): Promise<void> {
      const { dueAt, change, ...values } = outcome;
      await db
        .update(forgeLinks)
        .set({
          ...{ ...values, ...change, heldUntil: null },
          dueAt: sql`case when ${forgeLinks.asked} = ${visit.asked}
            then ${dueAt.toISOString()}::timestamptz else ${forgeLinks.dueAt} end`,
        })
        .where(and(eq(forgeLinks.projectId, visit.projectId), isHeld(visit.heldUntil)));
    },

    async change(projectId: string, change: LinkChange): Promise<void> {
      await db.update(forgeLinks).set(change).where(eq(forgeLinks.projectId, projectId));
    },

    /** Links of an organization by state, and when the forge told something last. */
    async summary(organizationId: string) {
      const rows = await db
        .select({
          ...{ state: forgeLinks.state, count: count() },
          lastHookAt: max(forgeLinks.lastHookAt),
        })
        .from(forgeLinks)
        .where(eq(forgeLinks.organizationId, organizationId))
        .groupBy(forgeLinks.state);
      const times = rows.flatMap(({ lastHookAt }) => (lastHookAt ? [lastHookAt.getTime()] : []));
      return {
        counts: Object.fromEntries(rows.map((row) => [row.state, row.count])),
        lastHookAt: times.length === 0 ? null : new Date(Math.max(...times)),
      };
    },

    /** One that runs, and that something was heard of since then. */
    async hasRunningPipeline(projectId: string, since: Date): Promise<boolean> {
      const rows = await db
        .select({ id: pipelines.id })
        .from(pipelines)
        .where(
          and(
            eq(pipelines.projectId, projectId),
            eq(pipelines.source, 'gitlab'),
            inArray(pipelines.status, ['queued', 'running']),
            gt(pipelines.observedAt, since),
          ),
        )
        .limit(1);
      return rows.length > 0;
    },
  };
}

/** By whom held it until then. */
function isHeld(until: Date | null) {
  return until === null ? isNull(forgeLinks.heldUntil) : eq(forgeLinks.heldUntil, until);
}
