import { timestamp, uuid } from 'drizzle-orm/pg-core';

export function idColumn() {
  return uuid('id').primaryKey().defaultRandom();
}

export function instant(name: string) {
  return timestamp(name, { withTimezone: true, mode: 'date' });
}

export function createdAt() {
  return instant('created_at').notNull().defaultNow();
}

export function updatedAt() {
  return instant('updated_at')
    .notNull()
    .defaultNow()
    .$onUpdate(() => new Date());
}
