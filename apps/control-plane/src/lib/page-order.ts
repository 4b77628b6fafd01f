import { desc, sql, type SQL } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { Position } from './pagination.ts';

/** PageOrder is how a list is ordered: newest first, rows of one millisecond by id. */
export interface PageOrder {
  readonly orderBy: SQL[];
  olderThan(position: Position): SQL;
}

export function pageOrder(at: PgColumn, id: PgColumn): PageOrder {
  return {
    orderBy: [desc(at), desc(id)],
    olderThan: (position) =>
      sql`(${at}, ${id}) < (${position.at.toISOString()}::timestamptz, ${position.id}::uuid)`,
  };
}
