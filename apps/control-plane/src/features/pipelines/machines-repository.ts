import type { Database, Queryable } from '@spt-flow/db/client';
import { pipelineJobs, pipelines, workspaces } from '@spt-flow/db/schema';
import { and, eq, isNotNull, ne, notExists } from 'drizzle-orm';
import { createSystemScope } from '../../lib/system-scope-repository.ts';

export type MachinesRepository = ReturnType<typeof createMachinesRepository>;

/** createMachinesRepository knows the machines of builds: workspaces of the system, each with a project of its own. */
export function createMachinesRepository(db: Database) {
  const system = createSystemScope('spt-flow.builds');

  return {
    transaction: db.transaction.bind(db),
    ensureScope: system.ensure,
    addProject: system.addProject,

    async isMachine({ organizationId }: { readonly organizationId: string }): Promise<boolean> {
      return (await system.find(db))?.organizationId === organizationId;
    },

    /** From now on the job has it: what no job has is deleted. */
    async give(jobId: string, machineId: string, tx: Queryable): Promise<void> {
      await tx.update(pipelineJobs).set({ machineId }).where(eq(pipelineJobs.id, jobId));
    },

    async takeBack(machineId: string): Promise<void> {
      await db
        .update(pipelineJobs)
        .set({ machineId: null })
        .where(eq(pipelineJobs.machineId, machineId));
    },

    /** What no job has that somebody runs is to be deleted; returns all that is. */
    async discard(): Promise<string[]> {
      const scope = await system.find(db);
      if (!scope) return [];
      return db.transaction(async (tx) => {
        await system.removeEmptyProjects(scope, tx);
        const used = tx
          .select({ id: pipelineJobs.id })
          .from(pipelineJobs)
          .innerJoin(pipelines, eq(pipelines.id, pipelineJobs.pipelineId))
          .where(
            and(
              eq(pipelineJobs.machineId, workspaces.id),
              eq(pipelines.status, 'running'),
              isNotNull(pipelines.replicaId),
            ),
          );
        const rows = await tx
          .update(workspaces)
          .set({ desiredState: 'deleted' })
          .where(
            and(
              eq(workspaces.organizationId, scope.organizationId),
              ne(workspaces.actualState, 'deleted'),
              notExists(used),
            ),
          )
          .returning({ id: workspaces.id });
        return rows.map(({ id }) => id);
      });
    },
  };
}
