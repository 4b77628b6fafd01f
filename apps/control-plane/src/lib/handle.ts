import { eq, sql, type SQL } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function isId(handle: string): boolean {
  return UUID.test(handle);
}

/** hasHandle finds by name or by id; compared as what it is, an id is found by its index. */
export function hasHandle({ name, id }: { name: PgColumn; id: PgColumn }, handle: string): SQL {
  return isId(handle) ? sql`(${name} = ${handle} or ${id} = ${handle}::uuid)` : eq(name, handle);
}
