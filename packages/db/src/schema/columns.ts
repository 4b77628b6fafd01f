import { customType, timestamp, uuid, varchar } from 'drizzle-orm/pg-core';

/** Bytes as they are. */
export const bytes = customType<{ data: Buffer }>({ dataType: () => 'bytea' });

/** The words of a text, as they are searched for. */
export const searchWords = customType<{ data: string }>({ dataType: () => 'tsvector' });

export function idColumn() {
  return uuid('id').primaryKey().defaultRandom();
}

/** Milliseconds, as JavaScript has them: a cursor that came from a row compares equal to it. */
export function instant(name: string) {
  return timestamp(name, { withTimezone: true, mode: 'date', precision: 3 });
}

/** Who may open a port, from its owner only to everybody. */
export function sharing(name: string) {
  return varchar(name, { length: 20, enum: ['private', 'organization', 'public'] });
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
