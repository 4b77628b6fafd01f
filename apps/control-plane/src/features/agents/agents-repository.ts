import { and, desc, eq, gt, isNull, lt, or, sql } from 'drizzle-orm';
import type { Database, Queryable } from '@spt-flow/db/client';
import { agents, enrolmentTokens } from '@spt-flow/db/schema';

export type AgentRow = typeof agents.$inferSelect;
export type TokenRow = typeof enrolmentTokens.$inferSelect;
export type AgentsRepository = ReturnType<typeof createAgentsRepository>;

export interface GenerationChange {
  readonly ackedGeneration: number;
  readonly pendingGeneration: number;
  readonly version: string;
  readonly bootId: string;
  readonly machineFingerprint: string;
  readonly now: Date;
}

/** What an agent told of itself last. */
export interface Heartbeat {
  readonly agentId: string;
  readonly rssBytes: number;
  readonly at: Date;
}

export function createAgentsRepository(db: Database) {
  return {
    transaction: db.transaction.bind(db),

    async createToken(values: typeof enrolmentTokens.$inferInsert, now: Date): Promise<void> {
      await db
        .delete(enrolmentTokens)
        .where(
          and(
            eq(enrolmentTokens.workspaceId, values.workspaceId),
            lt(enrolmentTokens.expiresAt, now),
          ),
        );
      await db.insert(enrolmentTokens).values(values);
    },

    async findToken(tokenHash: string, tx: Queryable = db): Promise<TokenRow | undefined> {
      const [row] = await tx
        .select()
        .from(enrolmentTokens)
        .where(eq(enrolmentTokens.tokenHash, tokenHash));
      return row;
    },

    /** When the last token of the workspace that is still good ends. */
    async openUntil(workspaceId: string, now: Date): Promise<Date | undefined> {
      const [row] = await db
        .select({ at: enrolmentTokens.expiresAt })
        .from(enrolmentTokens)
        .where(
          and(
            eq(enrolmentTokens.workspaceId, workspaceId),
            isNull(enrolmentTokens.usedAt),
            gt(enrolmentTokens.expiresAt, now),
          ),
        )
        .orderBy(desc(enrolmentTokens.expiresAt))
        .limit(1);
      return row?.at;
    },

    /** One statement decides who uses the token: the row for that one, undefined for all others. */
    async consumeToken(
      use: { tokenHash: string; keyId: string; now: Date },
      tx: Queryable,
    ): Promise<TokenRow | undefined> {
      const [row] = await tx
        .update(enrolmentTokens)
        .set({ usedAt: use.now, usedByKeyId: use.keyId })
        .where(
          and(
            eq(enrolmentTokens.tokenHash, use.tokenHash),
            isNull(enrolmentTokens.usedAt),
            gt(enrolmentTokens.expiresAt, use.now),
            or(isNull(enrolmentTokens.forKeyId), eq(enrolmentTokens.forKeyId, use.keyId)),
          ),
        )
        .returning();
      return row;
    },

    async insert(values: typeof agents.$inferInsert, tx: Queryable): Promise<AgentRow> {
      const [row] = await tx.insert(agents).values(values).returning();
      if (!row) throw new Error('insert returned no row');
      return row;
    },

    /** A workspace has one agent: whoever enrols with its token takes the place of the one before. */
    async revokeOfWorkspace(workspaceId: string, now: Date, tx: Queryable): Promise<string[]> {
      const revoked = await tx
        .update(agents)
        .set({ revokedAt: now })
        .where(and(eq(agents.workspaceId, workspaceId), isNull(agents.revokedAt)))
        .returning({ id: agents.id });
      return revoked.map(({ id }) => id);
    },

    async find(id: string, tx: Queryable = db): Promise<AgentRow | undefined> {
      const [row] = await tx.select().from(agents).where(eq(agents.id, id));
      return row;
    },

    async findByKey(keyId: string, tx: Queryable = db): Promise<AgentRow | undefined> {
      const [row] = await tx.select().from(agents).where(eq(agents.keyId, keyId));
      return row;
    },

    async ofWorkspace(workspaceId: string): Promise<AgentRow | undefined> {
      const [row] = await db
        .select()
        .from(agents)
        .where(and(eq(agents.workspaceId, workspaceId), isNull(agents.revokedAt)));
      return row;
    },

    /** Compare-and-set: false when the generations changed since they were read, or the agent was revoked. */
    async commitPending(
      expected: Pick<AgentRow, 'id' | 'ackedGeneration' | 'pendingGeneration'>,
      change: GenerationChange,
    ): Promise<boolean> {
      const { now, ...values } = change;
      const { id, ackedGeneration, pendingGeneration } = expected;
      const samePending =
        pendingGeneration === null
          ? isNull(agents.pendingGeneration)
          : eq(agents.pendingGeneration, pendingGeneration);
      const changed = await db
        .update(agents)
        .set({ ...values, lastSeenAt: now })
        .where(
          and(
            eq(agents.id, id),
            isNull(agents.revokedAt),
            eq(agents.ackedGeneration, ackedGeneration),
            samePending,
          ),
        )
        .returning({ id: agents.id });
      return changed.length === 1;
    },

    /** As after the first welcome. */
    async restartGenerations(id: string, tx: Queryable): Promise<void> {
      await tx
        .update(agents)
        .set({ ackedGeneration: 0, pendingGeneration: 1 })
        .where(eq(agents.id, id));
    },

    /** True when this generation was the pending one. */
    async acknowledge(id: string, generation: number): Promise<boolean> {
      const changed = await db
        .update(agents)
        .set({ ackedGeneration: generation, pendingGeneration: null })
        .where(and(eq(agents.id, id), eq(agents.pendingGeneration, generation)))
        .returning({ id: agents.id });
      return changed.length === 1;
    },

    async recordAddress(id: string, address: string | null): Promise<void> {
      await db.update(agents).set({ address }).where(eq(agents.id, id));
    },

    /**
     * Returns the workspaces whose agent's memory changed by so much that pages should show it; smaller changes are
     * not stored, so that what pages show is what is stored. A row that is locked now gets its next heartbeat.
     */
    async recordHeartbeats(beats: readonly Heartbeat[]): Promise<string[]> {
      const ids = sql.param(beats.map(({ agentId }) => agentId));
      const rssBytes = sql.param(beats.map((beat) => beat.rssBytes));
      const instants = sql.param(beats.map(({ at }) => at.toISOString()));
      const { rows } = await db.execute<{ workspace_id: string; is_news: boolean }>(sql`
        with beats as (
          select * from unnest(${ids}::uuid[], ${rssBytes}::bigint[], ${instants}::text[])
            as beat (id, rss_bytes, at)
        ), agents_now as (
          select agents.id, at::timestamptz as at, beats.rss_bytes,
            coalesce(abs(agents.rss_bytes - beats.rss_bytes) * 10 >= agents.rss_bytes, true) as is_news
          from agents join beats using (id)
          order by agents.id for no key update of agents skip locked
        )
        update agents set last_seen_at = now.at,
          rss_bytes = case when now.is_news then now.rss_bytes else agents.rss_bytes end
        from agents_now as now where agents.id = now.id
        returning agents.workspace_id, now.is_news`);
      return rows.filter((row) => row.is_news).map((row) => row.workspace_id);
    },
  };
}
