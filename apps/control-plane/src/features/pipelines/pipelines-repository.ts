import type { Database, Queryable } from '@spt-flow/db/client';
import { pipelineJobs, pipelines, projects, users } from '@spt-flow/db/schema';
import { and, asc, desc, eq, getTableColumns, inArray } from 'drizzle-orm';
import { pageOrder } from '../../lib/page-order.ts';
import type { Position } from '../../lib/pagination.ts';
import type { PipelineJobRow, PipelineRow } from './records-repository.ts';

export interface SeenPipeline extends PipelineRow {
  readonly requesterName: string | null;
  readonly jobs: readonly PipelineJobRow[];
}

export type PipelinesRepository = ReturnType<typeof createPipelinesRepository>;

/** createPipelinesRepository reads builds as people see them. */
export function createPipelinesRepository(db: Database) {
  const order = pageOrder(pipelines.createdAt, pipelines.id);

  const select = () =>
    db
      .select({ ...getTableColumns(pipelines), requesterName: users.name })
      .from(pipelines)
      .leftJoin(users, eq(users.id, pipelines.requestedBy));

  async function withJobs(
    rows: readonly (PipelineRow & { readonly requesterName: string | null })[],
  ): Promise<SeenPipeline[]> {
    if (rows.length === 0) return [];
    const ids = rows.map(({ id }) => id);
    const jobs = await db
      .select()
      .from(pipelineJobs)
      .where(inArray(pipelineJobs.pipelineId, ids))
      .orderBy(asc(pipelineJobs.position));
    return rows.map((row) => ({ ...row, jobs: jobs.filter((job) => job.pipelineId === row.id) }));
  }

  return {
    async list(projectId: string, page: { before: Position | undefined; limit: number }) {
      const rows = await select()
        .where(
          and(
            eq(pipelines.projectId, projectId),
            page.before ? order.olderThan(page.before) : undefined,
          ),
        )
        .orderBy(...order.orderBy)
        .limit(page.limit);
      return withJobs(rows);
    },

    /** Undefined: the project has no such build. */
    async find(projectId: string, number: number | 'latest'): Promise<SeenPipeline | undefined> {
      const rows = await select()
        .where(
          and(
            eq(pipelines.projectId, projectId),
            number === 'latest' ? undefined : eq(pipelines.number, number),
          ),
        )
        .orderBy(desc(pipelines.number))
        .limit(1);
      return (await withJobs(rows))[0];
    },

    /** As it is until the transaction ends. */
    async lock(id: string, tx: Queryable): Promise<PipelineRow | undefined> {
      const [row] = await tx.select().from(pipelines).where(eq(pipelines.id, id)).for('update');
      return row;
    },

    /** Whose build it is; undefined: there is no such build. */
    async projectIdOf(pipelineId: string): Promise<string | undefined> {
      const [row] = await db
        .select({ projectId: pipelines.projectId })
        .from(pipelines)
        .where(eq(pipelines.id, pipelineId));
      return row?.projectId;
    },

    async buildsOnPush(projectId: string): Promise<boolean> {
      const [row] = await db
        .select({ buildsOnPush: projects.buildsOnPush })
        .from(projects)
        .where(eq(projects.id, projectId));
      return row?.buildsOnPush ?? false;
    },

    async setBuildsOnPush(projectId: string, buildsOnPush: boolean, tx: Queryable): Promise<void> {
      await tx.update(projects).set({ buildsOnPush }).where(eq(projects.id, projectId));
    },

    async projectOf(projectId: string) {
      const [row] = await db
        .select({
          slug: projects.slug,
          name: projects.name,
          organizationId: projects.organizationId,
          buildsOnPush: projects.buildsOnPush,
        })
        .from(projects)
        .where(eq(projects.id, projectId));
      return row;
    },

    async changeJob(
      id: string,
      change: Partial<
        Pick<
          PipelineJobRow,
          'exitCode' | 'logCoverage' | 'logBytes' | 'artifactBytes' | 'artifactsExpireAt'
        >
      >,
    ): Promise<void> {
      await db.update(pipelineJobs).set(change).where(eq(pipelineJobs.id, id));
    },
  };
}
