import { and, eq, ne, sql } from 'drizzle-orm';
import type { Queryable } from '@spt-flow/db/client';
import { agentKeys, agents, enrolmentTokens, workspaces } from '@spt-flow/db/schema';
import type { WorkspaceMaking, WorkspaceRow } from '../workspaces-repository.ts';

export type TakenValues = Pick<
  WorkspaceRow,
  'organizationId' | 'ownerId' | 'projectId' | 'name' | 'hostLabel' | 'provider'
> &
  Partial<WorkspaceMaking>;

export type ReadyRepository = ReturnType<typeof createReadyRepository>;

/** createReadyRepository stores that a workspace which was kept ready is somebody's now. */
export function createReadyRepository() {
  return {
    /** Undefined when the organization has one of that name, or it does not run any more. Its agent, which stays connected, goes with it. */
    async take(
      id: string,
      { values, isAsMade }: { values: TakenValues; isAsMade: boolean },
      tx: Queryable,
    ): Promise<WorkspaceRow | undefined> {
      const namesakes = await tx
        .select({ id: workspaces.id })
        .from(workspaces)
        .where(
          and(
            eq(workspaces.organizationId, values.organizationId),
            eq(workspaces.name, values.name),
            ne(workspaces.actualState, 'deleted'),
          ),
        );
      if (namesakes.length > 0) return undefined;
      const state = JSON.stringify({ adoption: isAsMade ? 'as-made' : 'changed' });
      const [row] = await tx
        .update(workspaces)
        .set({
          ...values,
          actualState: 'created',
          createdAt: sql`now()`,
          stateSince: sql`now()`,
          providerState: sql`${workspaces.providerState} || ${state}::text::jsonb`,
        })
        .where(
          and(
            eq(workspaces.id, id),
            eq(workspaces.desiredState, 'running'),
            eq(workspaces.actualState, 'running'),
          ),
        )
        .returning();
      if (!row) return undefined;
      await giveAgentTo(row, tx);
      return row;
    },
  };
}

async function giveAgentTo({ id, organizationId }: WorkspaceRow, tx: Queryable): Promise<void> {
  const ofIt = tx.select({ id: agents.id }).from(agents).where(eq(agents.workspaceId, id));
  await tx.update(agents).set({ organizationId }).where(eq(agents.workspaceId, id));
  await tx
    .update(agentKeys)
    .set({ organizationId })
    .where(sql`${agentKeys.agentId} in ${ofIt}`);
  await tx
    .update(enrolmentTokens)
    .set({ organizationId })
    .where(eq(enrolmentTokens.workspaceId, id));
}
