import { and, eq, ne } from 'drizzle-orm';
import type { Database, Queryable } from '@spt-flow/db/client';
import { agentKeys, agents } from '@spt-flow/db/schema';

export type AgentKeysRepository = ReturnType<typeof createAgentKeysRepository>;

export interface NewKey {
  readonly organizationId: string;
  readonly agentId: string;
  readonly keyId: string;
  readonly publicKey: string;
  readonly createdAt: Date;
}

/** INVARIANT: a key belongs to one agent for ever, and one that gave way never comes back. */
export function createAgentKeysRepository(db: Database) {
  async function retire(agentId: string, tx: Queryable): Promise<void> {
    await tx
      .update(agentKeys)
      .set({ state: 'retired' })
      .where(and(eq(agentKeys.agentId, agentId), ne(agentKeys.state, 'retired')));
  }

  return {
    async find(keyId: string, tx: Queryable = db) {
      const [row] = await tx
        .select({ key: agentKeys, agent: agents })
        .from(agentKeys)
        .innerJoin(agents, eq(agents.id, agentKeys.agentId))
        .where(eq(agentKeys.keyId, keyId));
      return row;
    },

    async current(agentId: string) {
      const [row] = await db
        .select()
        .from(agentKeys)
        .where(and(eq(agentKeys.agentId, agentId), eq(agentKeys.state, 'current')));
      return row;
    },

    /** The agent's only key from here on. */
    async makeCurrent(key: NewKey, tx: Queryable): Promise<void> {
      await retire(key.agentId, tx);
      await tx
        .insert(agentKeys)
        .values({ ...key, state: 'current' })
        .onConflictDoUpdate({
          target: agentKeys.keyId,
          set: { state: 'current' },
          setWhere: eq(agentKeys.agentId, key.agentId),
        });
    },

    /** Valid beside the current one; false when it was ever used before. */
    async makeNext(key: NewKey, tx: Queryable): Promise<boolean> {
      const isNext = and(eq(agentKeys.agentId, key.agentId), eq(agentKeys.state, 'next'));
      const [again] = await tx
        .select({ keyId: agentKeys.keyId })
        .from(agentKeys)
        .where(and(eq(agentKeys.keyId, key.keyId), isNext));
      if (again) return true;
      await tx.update(agentKeys).set({ state: 'retired' }).where(isNext);
      const inserted = await tx
        .insert(agentKeys)
        .values({ ...key, state: 'next' })
        .onConflictDoNothing()
        .returning({ keyId: agentKeys.keyId });
      return inserted.length === 1;
    },

    /** False: the agent does not have it, or not any more. */
    async revoke(agentId: string, keyId: string, tx: Queryable): Promise<boolean> {
      const revoked = await tx
        .update(agentKeys)
        .set({ state: 'retired' })
        .where(
          and(
            eq(agentKeys.agentId, agentId),
            eq(agentKeys.keyId, keyId),
            ne(agentKeys.state, 'retired'),
          ),
        )
        .returning({ keyId: agentKeys.keyId });
      return revoked.length === 1;
    },
  };
}
