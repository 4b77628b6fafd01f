import { and, asc, eq, gt, gte, isNotNull, isNull, like, lt, lte, or, sql } from 'drizzle-orm';
import type { Database, Queryable } from '@spt-flow/db/client';
import { auditAnchors, auditHeads, auditLog } from '@spt-flow/db/schema';
import type { AuditEntry, AuditFilter } from '@spt-flow/shared/api/audit';
import type { AuditHead, SealedRecord } from '@spt-flow/shared/domain/audit-chain';
import { firstOrganization } from '../../lib/first-organization-repository.ts';
import { pageOrder } from '../../lib/page-order.ts';
import type { Position } from '../../lib/pagination.ts';

/** Chain is that of an organization; null: of the installation. */
export type Chain = string | null;
export type AuditRepository = ReturnType<typeof createAuditRepository>;
export type Seal = Pick<SealedRecord, 'id' | 'sequence' | 'previousHash' | 'hash'>;

/** As a key of the table of heads, which has no nulls. */
export const INSTALLATION = '00000000-0000-0000-0000-000000000000';

const { createdAt, ...columns } = {
  id: auditLog.id,
  organizationId: auditLog.organizationId,
  principal: auditLog.principal,
  principalName: auditLog.principalName,
  action: auditLog.action,
  target: auditLog.target,
  subjectName: auditLog.subjectName,
  result: auditLog.result,
  detail: auditLog.detail,
  address: auditLog.address,
  userAgent: auditLog.userAgent,
  correlationId: auditLog.correlationId,
  sequence: auditLog.sequence,
  previousHash: auditLog.previousHash,
  hash: auditLog.hash,
  createdAt: auditLog.createdAt,
};
const selected = { ...columns, createdAt };

/** createAuditRepository reads the audit log, and seals it; nothing else may be changed in it. */
export function createAuditRepository(db: Database) {
  const order = pageOrder(auditLog.createdAt, auditLog.id);

  return {
    transaction: db.transaction.bind(db),

    firstOrganization: () => firstOrganization(db),

    async chainsWithUnsealed(): Promise<Chain[]> {
      const rows = await db
        .selectDistinct({ chain: auditLog.organizationId })
        .from(auditLog)
        .where(isNull(auditLog.sequence));
      return rows.map(({ chain }) => chain);
    },

    /** Whoever comes next waits until the transaction is over; undefined: nothing was sealed yet. */
    async lockHead(chain: Chain, tx: Queryable): Promise<AuditHead | undefined> {
      // A row can't be locked that is not there.
      await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`audit:${chain}`}, 0))`);
      return findPlace(auditHeads, chain, tx);
    },

    head: (chain: Chain) => findPlace(auditHeads, chain, db),

    anchor: (chain: Chain) => findPlace(auditAnchors, chain, db),

    async unsealed(chain: Chain, limit: number, tx: Queryable): Promise<AuditEntry[]> {
      const rows = await tx
        .select(selected)
        .from(auditLog)
        .where(and(inChain(chain), isNull(auditLog.sequence)))
        .orderBy(asc(auditLog.createdAt), asc(auditLog.id))
        .limit(limit);
      return rows.map(entryOf);
    },

    async countUnsealed(chain: Chain): Promise<number> {
      return db.$count(auditLog, and(inChain(chain), isNull(auditLog.sequence)));
    },

    async seal(seals: readonly Seal[], tx: Queryable): Promise<void> {
      await tx.execute(sql`
        update audit_log set sequence = seal.sequence,
          previous_hash = seal."previousHash", hash = seal.hash
        from jsonb_to_recordset(${JSON.stringify(seals)}::jsonb)
          as seal (id uuid, sequence bigint, "previousHash" text, hash text)
        where audit_log.id = seal.id`);
    },

    async setHead({ organizationId, ...head }: AuditHead, tx: Queryable): Promise<void> {
      const row = { ...head, signedAt: new Date(head.signedAt) };
      await tx
        .insert(auditHeads)
        .values({ chainId: organizationId ?? INSTALLATION, ...row })
        .onConflictDoUpdate({ target: auditHeads.chainId, set: row });
    },

    async list(
      chain: Chain,
      filter: AuditFilter & { limit: number; olderThan: Position | undefined },
    ): Promise<(AuditEntry & { createdAt: Date })[]> {
      const rows = await db
        .select(selected)
        .from(auditLog)
        .where(
          and(
            inChain(chain),
            ...conditions(filter),
            filter.olderThan && order.olderThan(filter.olderThan),
          ),
        )
        .orderBy(...order.orderBy)
        .limit(filter.limit);
      return rows.map((row) => ({ ...entryOf(row), createdAt: row.createdAt }));
    },

    /** In the order of the chain. */
    async sealed(
      chain: Chain,
      range: AuditFilter & { after: number; to: number; limit: number },
    ): Promise<AuditEntry[]> {
      const rows = await db
        .select(selected)
        .from(auditLog)
        .where(
          and(
            inChain(chain),
            isNotNull(auditLog.sequence),
            gt(auditLog.sequence, range.after),
            lte(auditLog.sequence, range.to),
            ...conditions(range),
          ),
        )
        .orderBy(asc(auditLog.sequence), asc(auditLog.id))
        .limit(range.limit);
      return rows.map(entryOf);
    },
  };
}

/** findPlace reads where a chain ends or begins. */
export async function findPlace(
  places: typeof auditHeads | typeof auditAnchors,
  chain: Chain,
  tx: Queryable,
): Promise<AuditHead | undefined> {
  const [row] = await tx
    .select()
    .from(places)
    .where(eq(places.chainId, chain ?? INSTALLATION));
  if (!row) return undefined;
  const { sequence, hash, signature } = row;
  const signedAt = row.signedAt.toISOString();
  return { organizationId: chain, sequence, hash, signedAt, signature };
}

export function inChain(chain: Chain) {
  const { organizationId } = auditLog;
  return chain === null ? isNull(organizationId) : eq(organizationId, chain);
}

function conditions({ actor, action, subject, result, since, until }: AuditFilter) {
  return [
    actor === undefined ? undefined : isOrBegins(auditLog.principal, actor, ':'),
    action === undefined ? undefined : isOrBegins(auditLog.action, action, '.'),
    subject === undefined
      ? undefined
      : or(
          eq(auditLog.subjectName, subject),
          eq(auditLog.target, subject),
          like(auditLog.target, `%:${escapeLike(subject)}`),
        ),
    result === undefined ? undefined : eq(auditLog.result, result),
    since === undefined ? undefined : gte(auditLog.createdAt, new Date(since)),
    until === undefined ? undefined : lt(auditLog.createdAt, new Date(until)),
  ];
}

function isOrBegins(
  column: typeof auditLog.principal | typeof auditLog.action,
  text: string,
  separator: string,
) {
  return or(eq(column, text), like(column, `${escapeLike(text)}${separator}%`));
}

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}

function entryOf({
  createdAt: at,
  ...row
}: Omit<AuditEntry, 'at'> & { readonly createdAt: Date }): AuditEntry {
  return { ...row, at: at.toISOString() };
}
