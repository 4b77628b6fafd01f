import { and, asc, desc, eq } from 'drizzle-orm';
import type { Database } from '@spt-flow/db/client';
import { monthlyCosts, users } from '@spt-flow/db/schema';
import { AppError } from '@spt-flow/shared/domain/errors';

/** More than one organization has people in projects; a bill that leaves something out is none. */
const MAX_ROWS = 20_000;

export type BillsRepository = ReturnType<typeof createBillsRepository>;

/** createBillsRepository reads what was used in a month. */
export function createBillsRepository(db: Database) {
  return {
    async ofMonth(organizationId: string, month: string) {
      const { projectId, projectName, seconds, micros } = monthlyCosts;
      const { inputTokens, outputTokens, modelMicros } = monthlyCosts;
      const rows = await db
        .select({
          ...{ userId: users.id, userName: users.name, email: users.email },
          ...{ projectId, projectName, seconds, micros, inputTokens, outputTokens, modelMicros },
        })
        .from(monthlyCosts)
        .innerJoin(users, eq(users.id, monthlyCosts.userId))
        .where(and(eq(monthlyCosts.organizationId, organizationId), eq(monthlyCosts.month, month)))
        .orderBy(asc(users.name), asc(users.id), desc(micros), asc(projectId))
        .limit(MAX_ROWS + 1);
      if (rows.length <= MAX_ROWS) return rows;
      throw new AppError('limit_reached', `The month has more than ${MAX_ROWS} lines`);
    },
  };
}
