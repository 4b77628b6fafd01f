import type { Database } from '@spt-flow/db/client';
import { auditLog } from '@spt-flow/db/schema';
import type { Audit } from './audit.ts';

export function createAudit(db: Database): Audit {
  return {
    async record(entry, tx = db) {
      await tx.insert(auditLog).values(entry);
    },

    async recordAll(entries, tx) {
      if (entries.length > 0) await tx.insert(auditLog).values([...entries]);
    },
  };
}
