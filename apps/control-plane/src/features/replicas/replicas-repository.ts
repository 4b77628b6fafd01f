import { and, eq, ne, sql, type SQL } from 'drizzle-orm';
import type { Database } from '@spt-flow/db/client';
import { replicas } from '@spt-flow/db/schema';

export type ReplicasRepository = ReturnType<typeof createReplicasRepository>;

/** Wakes every replica: one came, or what one looked after is free. */
export const REPLICAS_CHANNEL = 'spt_flow_replicas';

export interface ReplicaRow {
  readonly id: string;
  readonly address: string | null;
  readonly beat: number;
}

/** Names a replica in a row that it looks after; null where its own row is gone, so that nothing belongs to the dead. */
export function registeredReplica(id: string | undefined): SQL | null {
  return id === undefined
    ? null
    : sql`(select ${replicas.id} from ${replicas} where ${replicas.id} = ${id}::uuid)`;
}

export function createReplicasRepository(db: Database) {
  const tell = sql`select pg_notify(${REPLICAS_CHANNEL}, '')`;
  return {
    /** Whoever had the address before is gone, since only one process can listen there. */
    async register(id: string, address: string | null): Promise<void> {
      await db.transaction(async (tx) => {
        const before = sql`${replicas.address} is not distinct from ${address}`;
        await tx.delete(replicas).where(and(before, ne(replicas.id, id)));
        await tx.insert(replicas).values({ id, address });
        await tx.execute(tell);
      });
    },

    /** False: it was taken for dead, and another one looks after what it had. */
    async beat(id: string): Promise<boolean> {
      const rows = await db
        .update(replicas)
        .set({ beat: sql`${replicas.beat} + 1`, seenAt: sql`now()` })
        .where(eq(replicas.id, id))
        .returning({ id: replicas.id });
      return rows.length > 0;
    },

    async others(id: string): Promise<ReplicaRow[]> {
      return db
        .select({ id: replicas.id, address: replicas.address, beat: replicas.beat })
        .from(replicas)
        .where(ne(replicas.id, id));
    },

    /** Frees what it looked after, unless it was heard of meanwhile. */
    async removeSilent({ id, beat }: Pick<ReplicaRow, 'id' | 'beat'>): Promise<void> {
      await db.transaction(async (tx) => {
        await tx.delete(replicas).where(and(eq(replicas.id, id), eq(replicas.beat, beat)));
        await tx.execute(tell);
      });
    },

    async leave(id: string): Promise<void> {
      await db.transaction(async (tx) => {
        await tx.delete(replicas).where(eq(replicas.id, id));
        await tx.execute(tell);
      });
    },
  };
}
