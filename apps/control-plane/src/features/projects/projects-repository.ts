import { and, count, desc, eq, ilike, ne, sql } from 'drizzle-orm';
import type { Database, Queryable, Transaction } from '@spt-flow/db/client';
import { builds, conversations, leftNames, projects } from '@spt-flow/db/schema';
import { lockCount } from '../../lib/count-lock-repository.ts';
import { hasHandle } from '../../lib/handle.ts';
import { pageOrder } from '../../lib/page-order.ts';
import { isRowsFault } from '../../lib/database-error.ts';
import type { Position } from '../../lib/pagination.ts';
import { visibleTo, type Viewer } from '../project-access/index.ts';

const PROJECTS = pageOrder(projects.createdAt, projects.id);
const BUILDS = pageOrder(builds.createdAt, builds.id);

export type ProjectRow = typeof projects.$inferSelect;
type Named = Pick<ProjectRow, 'slug' | 'organizationId'>;
export type ProjectChange = Partial<
  Pick<ProjectRow, 'name' | 'description' | 'status' | 'template' | 'previewUrl'>
>;
export type ProjectsRepository = ReturnType<typeof createProjectsRepository>;

export function createProjectsRepository(db: Database) {
  async function countOf(userId: string, tx: Queryable = db): Promise<number> {
    const [row] = await tx
      .select({ count: count() })
      .from(projects)
      .where(and(eq(projects.userId, userId), ne(projects.status, 'archived')));
    return row?.count ?? 0;
  }

  /** Of an earlier project of another organization. */
  async function isOfOthers({ slug, organizationId }: Named, tx: Queryable): Promise<boolean> {
    const left = tx
      .select({ slug: leftNames.slug })
      .from(leftNames)
      .where(and(eq(leftNames.slug, slug), ne(leftNames.organizationId, organizationId)));
    return (await left).length > 0;
  }

  return {
    transaction: db.transaction.bind(db),

    /** Undefined when the slug is taken. */
    async insert(
      values: typeof projects.$inferInsert,
      tx: Queryable,
    ): Promise<ProjectRow | undefined> {
      if (await isOfOthers(values, tx)) return undefined;
      const [row] = await tx
        .insert(projects)
        .values(values)
        .onConflictDoNothing({ target: projects.slug })
        .returning();
      if (row)
        await tx
          .insert(conversations)
          .values({ organizationId: row.organizationId, projectId: row.id });
      return row;
    },

    /** Gives one that is there another owner and other values; undefined when the slug is taken. */
    async replace(
      id: string,
      values: Omit<typeof projects.$inferInsert, 'id'>,
      tx: Transaction,
    ): Promise<ProjectRow | undefined> {
      const { organizationId } = values;
      if (await isOfOthers(values, tx)) return undefined;
      const change = { ...values, createdAt: sql`now()` };
      try {
        return await tx.transaction(async (attempt) => {
          const [row] = await attempt
            .update(projects)
            .set(change)
            .where(eq(projects.id, id))
            .returning();
          await attempt.insert(conversations).values({ organizationId, projectId: id });
          return row;
        });
      } catch (error) {
        if (isRowsFault(error)) return undefined;
        throw error;
      }
    },

    async slugTaken(wanted: Named): Promise<boolean> {
      const { slug } = wanted;
      return (
        (await isOfOthers(wanted, db)) ||
        (await db.select({ id: projects.id }).from(projects).where(eq(projects.slug, slug)))
          .length > 0
      );
    },

    countOf,

    /** Counts those of a person for who adds one: until the transaction ends nobody else counts them. */
    async countToAdd(userId: string, tx: Queryable): Promise<number> {
      await lockCount(tx, `projects:${userId}`);
      return countOf(userId, tx);
    },

    async find(organizationId: string, handle: string): Promise<ProjectRow | undefined> {
      const [row] = await db
        .select()
        .from(projects)
        .where(
          and(
            eq(projects.organizationId, organizationId),
            hasHandle({ name: projects.slug, id: projects.id }, handle),
          ),
        );
      return row;
    },

    async get(id: string): Promise<ProjectRow | undefined> {
      const [row] = await db.select().from(projects).where(eq(projects.id, id));
      return row;
    },

    async getBySlug(slug: string): Promise<ProjectRow | undefined> {
      const [row] = await db.select().from(projects).where(eq(projects.slug, slug));
      return row;
    },

    async list(
      viewer: Viewer,
      page: { before: Position | undefined; limit: number; search: string | undefined },
    ) {
      return db
        .select()
        .from(projects)
        .where(
          and(
            eq(projects.organizationId, viewer.organizationId),
            ne(projects.status, 'archived'),
            visibleTo(viewer, projects.id),
            page.search
              ? ilike(projects.name, `%${page.search.replace(/[%_\\]/g, '\\$&')}%`)
              : undefined,
            page.before ? PROJECTS.olderThan(page.before) : undefined,
          ),
        )
        .orderBy(...PROJECTS.orderBy)
        .limit(page.limit);
    },

    async update(
      id: string,
      change: ProjectChange,
      tx: Queryable = db,
    ): Promise<ProjectRow | undefined> {
      const [row] = await tx.update(projects).set(change).where(eq(projects.id, id)).returning();
      return row;
    },

    async archived(): Promise<{ id: string }[]> {
      return db.select({ id: projects.id }).from(projects).where(eq(projects.status, 'archived'));
    },

    async remove(id: string): Promise<void> {
      await db.transaction(async (tx) => {
        const [left] = await tx.delete(projects).where(eq(projects.id, id)).returning();
        if (left) await tx.insert(leftNames).values(left).onConflictDoNothing();
      });
    },

    async builds(projectId: string, page: { before: Position | undefined; limit: number }) {
      return db
        .select()
        .from(builds)
        .where(
          and(
            eq(builds.projectId, projectId),
            page.before ? BUILDS.olderThan(page.before) : undefined,
          ),
        )
        .orderBy(...BUILDS.orderBy)
        .limit(page.limit);
    },

    /** What was built last, by project. */
    async latestCommits(projectIds: readonly string[]): Promise<Map<string, string | null>> {
      const { projectId, commit, status, createdAt } = builds;
      const rows = await db
        .selectDistinctOn([projectId], { projectId, commit })
        .from(builds)
        .where(
          and(sql`${projectId} = any(${sql.param(projectIds)}::uuid[])`, eq(status, 'success')),
        )
        .orderBy(projectId, desc(createdAt));
      return new Map(rows.map((row) => [row.projectId, row.commit]));
    },
  };
}
