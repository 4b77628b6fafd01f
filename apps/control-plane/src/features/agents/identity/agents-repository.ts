import { and, eq, isNull, sql } from 'drizzle-orm';
import type { PgUpdateSetSource } from 'drizzle-orm/pg-core';
import type { Database, Queryable } from '@spt-flow/db/client';
import { agents, workspaces } from '@spt-flow/db/schema';

export type AgentRow = typeof agents.$inferSelect;
export type AgentsRepository = ReturnType<typeof createAgentsRepository>;

/** Wakes every replica: the payload is the workspace whose agent changed. */
export const AGENTS_CHANNEL = 'spt_flow_agents';
/** Instead of a workspace: the database was restored. */
export const EPOCH_RAISED = 'epoch';

/** What the row must still say for a change to happen. */
export interface Expected {
  readonly id: string;
  readonly revision?: number;
  readonly sessionId?: string;
  readonly pendingGeneration?: number;
}

/** What an agent told of itself last. */
export interface Heartbeat {
  readonly agentId: string;
  readonly sessionId: string;
  readonly rssBytes: number;
  readonly at: Date;
}

export interface HeartbeatsRecorded {
  /**
   * Workspaces whose agent's memory changed by so much that pages should show it; smaller changes are not stored, so
   * that what pages show is what is stored.
   */
  readonly news: readonly string[];
  /** Agents whose session does not own them any more. */
  readonly lost: readonly string[];
}

type HeartbeatOutcome = {
  readonly id: string;
  /** Null: the session is not the owner. */
  readonly workspace_id: string | null;
  /** Null: nothing was stored. */
  readonly is_news: boolean | null;
};

export function createAgentsRepository(db: Database) {
  return {
    transaction: db.transaction.bind(db),

    async insert(values: typeof agents.$inferInsert, tx: Queryable): Promise<AgentRow> {
      const [row] = await tx.insert(agents).values(values).returning();
      if (!row) throw new Error('insert returned no row');
      return row;
    },

    async find(id: string, tx: Queryable = db): Promise<AgentRow | undefined> {
      const [row] = await tx.select().from(agents).where(eq(agents.id, id));
      return row;
    },

    async ofWorkspace(workspaceId: string, tx: Queryable = db): Promise<AgentRow | undefined> {
      const [row] = await tx
        .select()
        .from(agents)
        .where(and(eq(agents.workspaceId, workspaceId), isNull(agents.revokedAt)));
      return row;
    },

    /** Compare-and-set: undefined when the row says something else by now, or the agent was revoked. */
    async change(
      { id, revision, sessionId, pendingGeneration }: Expected,
      values: Omit<PgUpdateSetSource<typeof agents>, 'id' | 'revision'>,
      tx: Queryable,
    ): Promise<AgentRow | undefined> {
      const [row] = await tx
        .update(agents)
        .set({ ...values, revision: sql`${agents.revision} + 1` })
        .where(
          and(
            eq(agents.id, id),
            isNull(agents.revokedAt),
            revision === undefined ? undefined : eq(agents.revision, revision),
            sessionId === undefined ? undefined : eq(agents.sessionId, sessionId),
            pendingGeneration === undefined
              ? undefined
              : eq(agents.pendingGeneration, pendingGeneration),
          ),
        )
        .returning();
      return row;
    },

    /** Gives the session the generation after all that were ever given out; undefined when it is not the owner. */
    async stageGeneration(
      { id, sessionId }: { id: string; sessionId: string },
      tx: Queryable,
    ): Promise<AgentRow | undefined> {
      const { ackedGeneration, pendingGeneration } = agents;
      const next = sql`greatest(${ackedGeneration}, coalesce(${pendingGeneration}, 0)) + 1`;
      return this.change({ id, sessionId }, { pendingGeneration: next }, tx);
    },

    /** Ends the right to connect, and whatever connection there is. Returns those that had it. */
    async revoke(ids: readonly string[], now: Date, tx: Queryable): Promise<AgentRow[]> {
      const revoked = await Promise.all(
        ids.map((id) =>
          tx
            .update(agents)
            .set({ revokedAt: now, sessionId: null, revision: sql`${agents.revision} + 1` })
            .where(and(eq(agents.id, id), isNull(agents.revokedAt)))
            .returning(),
        ),
      );
      return revoked.flat();
    },

    /** Agents of the workspaces that a member owns. */
    async ofOwner(organizationId: string, ownerId: string, tx: Queryable): Promise<AgentRow[]> {
      const rows = await tx
        .select({ agent: agents })
        .from(agents)
        .innerJoin(workspaces, eq(workspaces.id, agents.workspaceId))
        .where(
          and(
            eq(agents.organizationId, organizationId),
            eq(workspaces.ownerId, ownerId),
            isNull(agents.revokedAt),
          ),
        );
      return rows.map(({ agent }) => agent);
    },

    /** A row that is locked now gets its next heartbeat. */
    async recordHeartbeats(beats: readonly Heartbeat[]): Promise<HeartbeatsRecorded> {
      const ids = sql.param(beats.map(({ agentId }) => agentId));
      const sessionIds = sql.param(beats.map(({ sessionId }) => sessionId));
      const rssBytes = sql.param(beats.map((beat) => beat.rssBytes));
      const instants = sql.param(beats.map(({ at }) => at.toISOString()));
      const { rows } = await db.execute<HeartbeatOutcome>(sql`
        with beats as (
          select * from unnest(${ids}::uuid[], ${sessionIds}::uuid[], ${rssBytes}::bigint[], ${instants}::text[])
            as beat (id, session_id, rss_bytes, at)
        ), agents_now as (
          select agents.id, at::timestamptz as at, beats.rss_bytes,
            coalesce(abs(agents.rss_bytes - beats.rss_bytes) * 10 >= agents.rss_bytes, true) as is_news
          from agents join beats using (id, session_id) where agents.revoked_at is null
          order by agents.id for no key update of agents skip locked
        ), stored as (
          update agents set last_seen_at = now.at,
            rss_bytes = case when now.is_news then now.rss_bytes else agents.rss_bytes end
          from agents_now as now where agents.id = now.id
          returning agents.id, now.is_news
        )
        select beats.id, owned.workspace_id, stored.is_news
        from beats
          left join agents as owned
            on owned.id = beats.id and owned.session_id = beats.session_id and owned.revoked_at is null
          left join stored on stored.id = beats.id`);
      return {
        news: rows.flatMap((row) => (row.is_news && row.workspace_id ? [row.workspace_id] : [])),
        lost: rows.filter((row) => row.workspace_id === null).map(({ id }) => id),
      };
    },

    /** All replicas look at the workspace's agent once the transaction is committed. */
    async notify(workspaceId: string, tx: Queryable): Promise<void> {
      await tx.execute(sql`select pg_notify(${AGENTS_CHANNEL}, ${workspaceId})`);
    },
  };
}
