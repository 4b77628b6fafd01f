import type { Database } from '@spt-flow/db/client';
import { sql } from 'drizzle-orm';

/** withoutAudit does something while the audit log takes no entry, as when the process ends just before it; `code` is why. */
export async function withoutAudit<T>(
  db: Database,
  work: () => Promise<T>,
  code = 'P0001',
): Promise<T> {
  await db.execute(
    sql.raw(`
      create function refuse_audit() returns trigger language plpgsql as
        $$ begin raise exception 'no entry is taken' using errcode = '${code}'; end $$
    `),
  );
  await db.execute(sql`
    create trigger refuse_audit before insert on audit_log execute function refuse_audit()
  `);
  try {
    return await work();
  } finally {
    await db.execute(sql`drop function refuse_audit cascade`);
  }
}
