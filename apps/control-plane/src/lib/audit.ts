import type { Queryable } from '@spt-flow/db/client';

export interface AuditEntry {
  readonly organizationId: string | null;
  /** `user:<id>`, `token:<id>`, `agent:<id>` or `system`. */
  readonly principal: string;
  /** `<noun>.<verb>`, e.g. `workspace.stop`. */
  readonly action: string;
  readonly target: string;
  readonly correlationId: string;
  /** `done` unless told. */
  readonly result?: 'done' | 'refused' | 'failed';
  /** What changed, never a secret. */
  readonly detail?: Record<string, unknown>;
}

/** Audit adds where a request came from and the names that its ids have now. */
export interface Audit {
  /** Stores the entry; with a transaction it stands and falls with the change it describes. */
  record(entry: AuditEntry, tx?: Queryable): Promise<void>;
  /** Stores all of them with the change that they describe. */
  recordAll(entries: readonly AuditEntry[], tx: Queryable): Promise<void>;
}
