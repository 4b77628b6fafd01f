import type { Database } from '@spt-flow/db/client';
import { sql } from 'drizzle-orm';

/** withoutAudit does something while the audit log takes no entry, as when the process ends just before it. */
export async function withoutAudit<T>(db: Database, work: () => Promise<T>): Promise<T> {
  await db.execute(sql`
    create function refuse_audit() returns trigger language plpgsql as
      $$ begin raise exception 'no entry is taken'; end $$
  `);
  await db.execute(sql`
    create trigger refuse_audit before insert on audit_log execute function refuse_audit()
  `);
  try {
    return await work();
  } finally {
    await db.execute(sql`drop function refuse_audit cascade`);
  }
}
