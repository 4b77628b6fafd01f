import type { Database, Queryable } from '@spt-flow/db/client';
import { savedPrompts, users } from '@spt-flow/db/schema';
import type { PromptContent } from '@spt-flow/shared/api/prompts';
import { and, asc, eq, or } from 'drizzle-orm';
import { lockCount } from '../../lib/count-lock-repository.ts';
import { isRowsFault } from '../../lib/database-error.ts';

export interface PromptOwner {
  readonly organizationId: string;
  readonly userId: string;
}

export type PromptsRepository = ReturnType<typeof createPromptsRepository>;
type Row = typeof savedPrompts.$inferSelect;
export type PromptRow = Pick<Row, 'id' | 'userId' | 'name' | 'text' | 'isShared' | 'updatedAt'> & {
  readonly ownerName: string;
};

const COLUMNS = {
  id: savedPrompts.id,
  userId: savedPrompts.userId,
  name: savedPrompts.name,
  text: savedPrompts.text,
  isShared: savedPrompts.isShared,
  updatedAt: savedPrompts.updatedAt,
  ownerName: users.name,
};

/** createPromptsRepository keeps saved prompts; every question names the organization. */
export function createPromptsRepository(db: Database) {
  function select() {
    return db
      .select(COLUMNS)
      .from(savedPrompts)
      .innerJoin(users, eq(savedPrompts.userId, users.id));
  }

  return {
    /** Those of a person, and those that are shared with them. */
    async list({ organizationId, userId }: PromptOwner): Promise<PromptRow[]> {
      return select()
        .where(
          and(
            eq(savedPrompts.organizationId, organizationId),
            or(eq(savedPrompts.userId, userId), eq(savedPrompts.isShared, true)),
          ),
        )
        .orderBy(asc(savedPrompts.name), asc(savedPrompts.id));
    },

    async find(organizationId: string, id: string): Promise<PromptRow | undefined> {
      const [row] = await select().where(
        and(eq(savedPrompts.organizationId, organizationId), eq(savedPrompts.id, id)),
      );
      return row;
    },

    transaction: db.transaction.bind(db),

    /** Until the transaction ends nobody else counts them. */
    async count({ organizationId, userId }: PromptOwner, tx: Queryable): Promise<number> {
      await lockCount(tx, `prompts:${organizationId}:${userId}`);
      return tx.$count(
        savedPrompts,
        and(eq(savedPrompts.organizationId, organizationId), eq(savedPrompts.userId, userId)),
      );
    },

    /** Its id; undefined when the person has one of that name. */
    async insert(
      owner: PromptOwner,
      content: PromptContent,
      tx: Queryable,
    ): Promise<string | undefined> {
      const [row] = await tx
        .insert(savedPrompts)
        .values({ ...owner, ...content })
        .onConflictDoNothing()
        .returning({ id: savedPrompts.id });
      return row?.id;
    },

    /** False when the person has another one of that name. */
    async update(id: string, content: PromptContent): Promise<boolean> {
      try {
        await db.update(savedPrompts).set(content).where(eq(savedPrompts.id, id));
        return true;
      } catch (error) {
        if (isRowsFault(error)) return false;
        throw error;
      }
    },

    async remove(id: string): Promise<void> {
      await db.delete(savedPrompts).where(eq(savedPrompts.id, id));
    },
  };
}
