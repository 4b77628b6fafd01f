import type {
  AuditExportQuerySchema,
  AuditVerification,
  auditRoutes,
} from '@spt-flow/shared/api/audit';
import { AUDIT_EXPORT_ENTRIES } from '@spt-flow/shared/api/audit';
import type { RouteData } from '@spt-flow/shared/api/route';
import { checkChain, type AuditHead, type BrokenAt } from '@spt-flow/shared/domain/audit-chain';
import type * as z from 'zod';
import type { Audit } from '../../lib/audit.ts';
import type { Clock } from '../../lib/clock.ts';
import { decodeCursor, toPage } from '../../lib/pagination.ts';
import { auditName, type Principal } from '../../lib/principal.ts';
import { hashText, type HeadSigner } from './audit-chain.ts';
import { csvLines, jsonLines } from './audit-export.ts';
import type { AuditRepository, Chain } from './audit-repository.ts';
import { readChain } from './read-chain.ts';

type ListQuery = z.output<typeof auditRoutes.list.query>;
type ExportQuery = z.output<typeof AuditExportQuerySchema>;

export interface AuditServiceDeps {
  readonly repository: Pick<
    AuditRepository,
    'list' | 'sealed' | 'head' | 'anchor' | 'countUnsealed'
  >;
  readonly seal: (chain: Chain) => Promise<void>;
  /** How long this process saw it: shorter it is never again. */
  readonly lengthSeen: (chain: Chain) => number;
  readonly signer: HeadSigner;
  readonly audit: Audit;
  readonly clock: Clock;
}

export interface AuditFile {
  readonly lines: AsyncIterable<string>;
  /** Number of an entry from which on there is more; null: this is the end. */
  readonly nextAfter: number | null;
}

export type AuditService = ReturnType<typeof createAuditService>;

/** createAuditService shows admins what was done in their organization, and proves that nothing of it was changed. */
export function createAuditService(deps: AuditServiceDeps) {
  const { repository, signer, clock } = deps;
  /** One at a time for each organization: it reads all of its log. */
  const verifying = new Map<string, Promise<AuditVerification>>();

  async function verify(organizationId: string): Promise<AuditVerification> {
    const anchor = await repository.anchor(organizationId);
    const seen = deps.lengthSeen(organizationId);
    const head = await sealedHead(organizationId);
    const check = checkChain(hashText, anchor);
    let broken: BrokenAt | undefined;
    if (anchor && !signer.isSigned(anchor, 'anchor'))
      broken = { sequence: anchor.sequence, id: null, fault: 'forged' };
    const range = { after: check.sequence, to: head?.sequence ?? MAX };
    if (!broken)
      for await (const entry of readChain(repository, organizationId, range))
        if ((broken = check.next(entry))) break;
    broken ??= check.end(head, (end) => signer.isSigned(end, 'head'));
    if (!broken && seen > check.sequence)
      broken = { sequence: check.sequence + 1, id: null, fault: 'cut' };
    return {
      isIntact: broken === undefined,
      entryCount: check.sequence - (anchor?.sequence ?? 0),
      anchor: anchor ?? null,
      waitingCount: await repository.countUnsealed(organizationId),
      head: head ?? null,
      broken: broken ?? null,
      publicKey: signer.publicKey,
      checkedAt: clock.now().toISOString(),
    };
  }

  /** A chain that can't grow is shown as far as it goes. */
  async function sealedHead(organizationId: string): Promise<AuditHead | undefined> {
    await deps.seal(organizationId).catch(() => undefined);
    return repository.head(organizationId);
  }

  return {
    async list(
      { organizationId }: Principal,
      { cursor, ...query }: ListQuery,
    ): Promise<RouteData<typeof auditRoutes.list>> {
      const rows = await repository.list(organizationId, {
        ...{ ...query, limit: query.limit + 1 },
        olderThan: decodeCursor(cursor),
      });
      const { items, nextCursor } = toPage(rows, query.limit, ({ createdAt }) => createdAt);
      return { items: items.map(({ createdAt: _, ...entry }) => entry), nextCursor };
    },

    verify({ organizationId }: Principal): Promise<AuditVerification> {
      const running = verifying.get(organizationId);
      if (running) return running;
      const started = verify(organizationId).finally(() => verifying.delete(organizationId));
      verifying.set(organizationId, started);
      return started;
    },

    /** Who takes the log away is part of it. */
    async export(
      { principal, correlationId }: { principal: Principal; correlationId: string },
      { format, after, ...filter }: ExportQuery,
    ): Promise<AuditFile> {
      const { organizationId } = principal;
      await deps.audit.record({
        ...{ organizationId, principal: auditName(principal), correlationId },
        ...{ action: 'audit.export', target: `organization:${organizationId}` },
        detail: { format, after, ...filter },
      });
      const anchor = await repository.anchor(organizationId);
      const head = await sealedHead(organizationId);
      const end = head?.sequence ?? 0;
      const begin = Math.max(after, anchor?.sequence ?? 0);
      const to = Math.min(end, begin + AUDIT_EXPORT_ENTRIES);
      const found = readChain(repository, organizationId, { ...filter, after: begin, to });
      const nextAfter = to < end ? to : null;
      const isFiltered = Object.values(filter).some((value) => value !== undefined);
      const lines =
        format === 'csv'
          ? csvLines(found, { withHead: after === 0 })
          : jsonLines(found, {
              ...(anchor && after < anchor.sequence && { start: { anchor } }),
              end: { head: head ?? null, publicKey: signer.publicKey, isFiltered },
              isLast: nextAfter === null,
            });
      return { lines, nextAfter };
    },
  };
}

const MAX = Number.MAX_SAFE_INTEGER;
