import { integer, pgTable, varchar } from 'drizzle-orm/pg-core';
import { createdAt, idColumn, instant } from './columns.ts';

/** The processes of the control plane that run now; what one looks after names it, and is free when its row goes. */
export const replicas = pgTable('replicas', {
  id: idColumn(),
  /** Where the others reach it, `host:port`; null: it is the only one. */
  address: varchar('address', { length: 255 }),
  /** Counts up while it lives: others judge by it, so that no clock has to be right. */
  beat: integer('beat').notNull().default(0),
  seenAt: instant('seen_at').notNull().defaultNow(),
  createdAt: createdAt(),
});
