import { and, asc, gt, gte, inArray, isNotNull, lt, lte } from 'drizzle-orm';
import type { Database, Queryable } from '@spt-flow/db/client';
import { auditAnchors, auditHeads, auditLog } from '@spt-flow/db/schema';
import type { AuditHead } from '@spt-flow/shared/domain/audit-chain';
import { findPlace, inChain, INSTALLATION, type Chain } from './audit-repository.ts';

const ROWS_AT_ONCE = 5_000;

export type AuditAnchorsRepository = ReturnType<typeof createAuditAnchorsRepository>;

/** createAuditAnchorsRepository knows where chains begin, and removes what comes before. */
export function createAuditAnchorsRepository(db: Database) {
  return {
    transaction: db.transaction.bind(db),

    async chains(): Promise<Chain[]> {
      const rows = await db.select({ id: auditHeads.chainId }).from(auditHeads);
      return rows.map(({ id }) => (id === INSTALLATION ? null : id));
    },

    anchor: (chain: Chain) => findPlace(auditAnchors, chain, db),

    /** Number of the first entry after another one that is not older than a moment. */
    async firstSince(
      chain: Chain,
      { after, since }: { readonly after: number; readonly since: Date },
    ): Promise<number | undefined> {
      const { sequence, createdAt } = auditLog;
      const [row] = await db
        .select({ sequence })
        .from(auditLog)
        .where(and(inChain(chain), isNotNull(sequence), gt(sequence, after), gte(createdAt, since)))
        .orderBy(asc(sequence))
        .limit(1);
      return row?.sequence ?? undefined;
    },

    /** False: another replica has moved it this far, or further. */
    async setAnchor({ organizationId, ...anchor }: AuditHead, tx: Queryable): Promise<boolean> {
      const row = { ...anchor, signedAt: new Date(anchor.signedAt) };
      const moved = await tx
        .insert(auditAnchors)
        .values({ chainId: organizationId ?? INSTALLATION, ...row })
        .onConflictDoUpdate({
          target: auditAnchors.chainId,
          set: row,
          setWhere: lt(auditAnchors.sequence, anchor.sequence),
        })
        .returning({ chainId: auditAnchors.chainId });
      return moved.length > 0;
    },

    /** Some thousand at a time, so that no transaction is long. */
    async removeThrough(chain: Chain, sequence: number): Promise<void> {
      const some = db
        .select({ id: auditLog.id })
        .from(auditLog)
        .where(and(inChain(chain), lte(auditLog.sequence, sequence)))
        .limit(ROWS_AT_ONCE);
      for (let gone = ROWS_AT_ONCE; gone === ROWS_AT_ONCE;)
        gone = (
          await db.delete(auditLog).where(inArray(auditLog.id, some)).returning({ id: auditLog.id })
        ).length;
    },
  };
}
