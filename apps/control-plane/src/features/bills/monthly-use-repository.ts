import { sql } from 'drizzle-orm';
import type { Queryable } from '@spt-flow/db/client';
import { monthlyCosts } from '@spt-flow/db/schema';

/** Used is what somebody used of something; what is missing is none. */
export interface Used {
  readonly organizationId: string;
  readonly userId: string;
  readonly projectId: string;
  /** Of running workspaces, and what they cost in millionths of the configured currency. */
  readonly seconds?: number;
  readonly micros?: number;
  /** Of models, and what they cost in millionths of a dollar. */
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly modelMicros?: number;
}

/** A statement takes only so many values. */
const ROWS_AT_ONCE = 1_000;

/** addToMonth adds to what was used in the month of a moment, in UTC; each row of another person or project. */
export async function addToMonth(tx: Queryable, at: Date, used: readonly Used[]): Promise<void> {
  const { organizationId, userId, month, projectId } = monthlyCosts;
  const more = (column: 'seconds' | 'micros' | 'inputTokens' | 'outputTokens' | 'modelMicros') =>
    sql`${monthlyCosts[column]} + excluded.${sql.identifier(monthlyCosts[column].name)}`;
  for (let start = 0; start < used.length; start += ROWS_AT_ONCE) {
    const rows = used.slice(start, start + ROWS_AT_ONCE).map((row) => ({
      ...row,
      month: monthOf(at),
      projectName: sql`coalesce((select name from projects where id = ${row.projectId}::uuid), '')`,
    }));
    await tx
      .insert(monthlyCosts)
      .values(rows)
      .onConflictDoUpdate({
        target: [organizationId, userId, month, projectId],
        set: {
          // One that is deleted keeps the name that it had.
          projectName: sql`coalesce(nullif(excluded.project_name, ''), ${monthlyCosts.projectName})`,
          seconds: more('seconds'),
          micros: more('micros'),
          inputTokens: more('inputTokens'),
          outputTokens: more('outputTokens'),
          modelMicros: more('modelMicros'),
        },
      });
  }
}

/** monthOf is the month of a moment, such as `2026-11`, in UTC. */
export function monthOf(at: Date): string {
  return at.toISOString().slice(0, 7);
}
