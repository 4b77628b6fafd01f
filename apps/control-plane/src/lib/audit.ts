import type { Database, Queryable } from '@spt-flow/db/client';
import { auditLog } from '@spt-flow/db/schema';

export interface AuditEntry {
  readonly organizationId: string | null;
  /** `user:<id>`, `token:<id>`, `agent:<id>` or `system`. */
  readonly principal: string;
  /** `<noun>.<verb>`, e.g. `workspace.stop`. */
  readonly action: string;
  readonly target: string;
  readonly correlationId: string;
  readonly detail?: Record<string, unknown>;
}

export interface Audit {
  /** Stores the entry; with a transaction it stands and falls with the change it describes. */
  record(entry: AuditEntry, tx?: Queryable): Promise<void>;
}

export function createAudit(db: Database): Audit {
  return {
    async record(entry, tx = db) {
      await tx.insert(auditLog).values(entry);
    },
  };
}
