import type { Database, Queryable } from '@spt-flow/db/client';
import { conversations, modelHolds, modelUse, projects, turns } from '@spt-flow/db/schema';
import { and, eq, isNull, ne, notExists, sql } from 'drizzle-orm';
import { addToMonth } from '../bills/index.ts';
import { registeredReplica } from '../replicas/index.ts';

export interface Spent {
  readonly tokens: number;
  readonly costMicros: number;
  /** What was set for the project itself. */
  readonly ownBudgetMicros: number | null;
}

export interface HoldOwner {
  readonly organizationId: string;
  readonly projectId: string;
  /** Takes the place of its own earlier one; unset: it is another. */
  readonly id?: string;
}

/** What a tool in a workspace used of a model. */
export type UsedRow = Omit<typeof modelUse.$inferInsert, 'day' | 'requests'>;

export type SpendingRepository = ReturnType<typeof createSpendingRepository>;

/** createSpendingRepository keeps what was used and set aside; unset: this is the only replica. */
export function createSpendingRepository(db: Database, replicaId?: string) {
  return {
    transaction: db.transaction.bind(db),

    /** What the turns of a project and the tools in its workspaces have used; what others set aside costs, too. */
    async spentBy(
      { projectId, id }: Pick<HoldOwner, 'projectId' | 'id'>,
      tx: Queryable = db,
    ): Promise<Spent> {
      const [row] = await tx
        .select({
          turnTokens: sql<string>`coalesce(sum(${turns.inputTokens}::bigint + ${turns.outputTokens}), 0)`,
          turnMicros: sql<string>`coalesce(sum(${turns.costMicros}), 0)`,
          ownBudgetMicros: conversations.budgetMicros,
        })
        .from(conversations)
        .leftJoin(turns, eq(turns.conversationId, conversations.id))
        .where(eq(conversations.projectId, projectId))
        .groupBy(conversations.id);
      const [used] = await tx
        .select({
          tokens: sql<string>`coalesce(sum(${modelUse.inputTokens} + ${modelUse.outputTokens}), 0)`,
          micros: sql<string>`coalesce(sum(${modelUse.costMicros}), 0)`,
        })
        .from(modelUse)
        .where(eq(modelUse.projectId, projectId));
      const [held] = await tx
        .select({ micros: sql<string>`coalesce(sum(${modelHolds.micros}), 0)` })
        .from(modelHolds)
        .where(
          and(
            eq(modelHolds.projectId, projectId),
            id === undefined ? undefined : ne(modelHolds.id, id),
          ),
        );
      const micros = [row?.turnMicros, used?.micros, held?.micros];
      return {
        tokens: Number(row?.turnTokens ?? 0) + Number(used?.tokens ?? 0),
        costMicros: micros.reduce((sum, each) => sum + Number(each ?? 0), 0),
        ownBudgetMicros: row?.ownBudgetMicros ?? null,
      };
    },

    /** Until the transaction ends nobody else sets money of the project aside. */
    async lockProject(projectId: string, tx: Queryable): Promise<void> {
      const id = eq(projects.id, projectId);
      await tx.select({ id: projects.id }).from(projects).where(id).for('no key update');
    },

    async putHold(
      hold: HoldOwner & { readonly micros: number },
      tx: Queryable,
    ): Promise<string | undefined> {
      const { micros } = hold;
      const [row] = await tx
        .insert(modelHolds)
        .values({ ...hold, replicaId: registeredReplica(replicaId) })
        .onConflictDoUpdate({
          target: modelHolds.id,
          set: { micros, replicaId: registeredReplica(replicaId) },
        })
        .returning({ id: modelHolds.id });
      return row?.id;
    },

    async removeHold(id: string, tx: Queryable): Promise<void> {
      await tx.delete(modelHolds).where(eq(modelHolds.id, id));
    },

    /** What nobody will settle any more. Turns begin again and settle theirs themselves. */
    async removeLostHolds(tx: Queryable): Promise<(typeof modelHolds.$inferSelect)[]> {
      const isOfTurn = tx.select({ id: turns.id }).from(turns).where(eq(turns.id, modelHolds.id));
      return tx
        .delete(modelHolds)
        .where(and(isNull(modelHolds.replicaId), notExists(isOfTurn)))
        .returning();
    },

    /** Adds to what was used on that day. */
    async addUse(used: UsedRow, at: Date, tx: Queryable): Promise<void> {
      const more = (column: 'requests' | keyof UsedRow) =>
        sql`${modelUse[column]} + excluded.${sql.identifier(modelUse[column].name)}`;
      await tx
        .insert(modelUse)
        .values({ ...used, day: at.toISOString().slice(0, 10), requests: 1 })
        .onConflictDoUpdate({
          target: [modelUse.workspaceId, modelUse.userId, modelUse.model, modelUse.day],
          set: {
            requests: more('requests'),
            inputTokens: more('inputTokens'),
            cachedInputTokens: more('cachedInputTokens'),
            writtenInputTokens: more('writtenInputTokens'),
            outputTokens: more('outputTokens'),
            costMicros: more('costMicros'),
          },
        });
      const { organizationId, userId, projectId, inputTokens, outputTokens, costMicros } = used;
      const model = { inputTokens, outputTokens, modelMicros: costMicros };
      await addToMonth(tx, at, [{ organizationId, userId, projectId, ...model }]);
    },
  };
}

/** countTurn adds what a turn used to the month of whoever asked, or of the owner of the project. */
export async function countTurn(
  tx: Queryable,
  {
    organizationId,
    conversationId,
    userId: asked,
  }: Pick<typeof turns.$inferSelect, 'organizationId' | 'conversationId' | 'userId'>,
  used: {
    readonly inputTokens: number;
    readonly outputTokens: number;
    readonly costMicros: number;
  },
): Promise<void> {
  const { inputTokens, outputTokens, costMicros: modelMicros } = used;
  if (inputTokens + outputTokens + modelMicros === 0) return;
  const [project] = await tx
    .select({ id: projects.id, ownerId: projects.userId })
    .from(conversations)
    .innerJoin(projects, eq(projects.id, conversations.projectId))
    .where(eq(conversations.id, conversationId));
  if (!project) return;
  const who = { organizationId, userId: asked ?? project.ownerId, projectId: project.id };
  await addToMonth(tx, new Date(), [{ ...who, inputTokens, outputTokens, modelMicros }]);
}

/** setBudget is for the project alone; null takes it away. */
export async function setBudget(
  tx: Queryable,
  projectId: string,
  budgetMicros: number | null,
): Promise<void> {
  await tx
    .update(conversations)
    .set({ budgetMicros })
    .where(eq(conversations.projectId, projectId));
}
