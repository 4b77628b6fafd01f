import type {
  AuditExportQuerySchema,
  AuditLogName,
  AuditVerification,
  auditRoutes,
} from '@spt-flow/shared/api/audit';
import { AUDIT_EXPORT_ENTRIES } from '@spt-flow/shared/api/audit';
import type { RouteData } from '@spt-flow/shared/api/route';
import { checkChain, type AuditHead, type BrokenAt } from '@spt-flow/shared/domain/audit-chain';
import { AppError } from '@spt-flow/shared/domain/errors';
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
    'list' | 'sealed' | 'head' | 'anchor' | 'countUnsealed' | 'firstOrganization'
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

/** createAuditService shows admins what was done in their organization, and to the installation, and proves it unchanged. */
export function createAuditService(deps: AuditServiceDeps) {
  const { repository, signer, clock } = deps;
  /** One at a time for each log: it reads all of it. */
  const verifying = new Map<Chain, Promise<AuditVerification>>();

  async function chainOf({ organizationId }: Principal, log: AuditLogName): Promise<Chain> {
    if (log === 'organization') return organizationId;
    if (organizationId === (await repository.firstOrganization())) return null;
    throw new AppError(
      'not_permitted',
      'The log of the installation is for admins of its first organization',
    );
  }

  async function verify(chain: Chain): Promise<AuditVerification> {
    const anchor = await repository.anchor(chain);
    const seen = deps.lengthSeen(chain);
    const head = await sealedHead(chain);
    const check = checkChain(hashText, anchor);
    let broken: BrokenAt | undefined;
    if (anchor && !signer.isSigned(anchor, 'anchor'))
      broken = { sequence: anchor.sequence, id: null, fault: 'forged' };
    const range = { after: check.sequence, to: head?.sequence ?? MAX };
    if (!broken)
      for await (const entry of readChain(repository, chain, range))
        if ((broken = check.next(entry))) break;
    broken ??= check.end(head, (end) => signer.isSigned(end, 'head'));
    if (!broken && seen > check.sequence)
      broken = { sequence: check.sequence + 1, id: null, fault: 'cut' };
    return {
      isIntact: broken === undefined,
      entryCount: check.sequence - (anchor?.sequence ?? 0),
      anchor: anchor ?? null,
      waitingCount: await repository.countUnsealed(chain),
      head: head ?? null,
      broken: broken ?? null,
      publicKey: signer.publicKey,
      checkedAt: clock.now().toISOString(),
    };
  }

  /** A chain that can't grow is shown as far as it goes. */
  async function sealedHead(chain: Chain): Promise<AuditHead | undefined> {
    await deps.seal(chain).catch(() => undefined);
    return repository.head(chain);
  }

  return {
    async list(
      principal: Principal,
      { cursor, of, ...query }: ListQuery,
    ): Promise<RouteData<typeof auditRoutes.list>> {
      const rows = await repository.list(await chainOf(principal, of), {
        ...{ ...query, limit: query.limit + 1 },
        olderThan: decodeCursor(cursor),
      });
      const { items, nextCursor } = toPage(rows, query.limit, ({ createdAt }) => createdAt);
      return { items: items.map(({ createdAt: _, ...entry }) => entry), nextCursor };
    },

    async verify(
      principal: Principal,
      log: AuditLogName = 'organization',
    ): Promise<AuditVerification> {
      const chain = await chainOf(principal, log);
      const running = verifying.get(chain);
      if (running) return running;
      const started = verify(chain).finally(() => verifying.delete(chain));
      verifying.set(chain, started);
      return started;
    },

    /** Who takes the log away is part of it. */
    async export(
      { principal, correlationId }: { principal: Principal; correlationId: string },
      { format, after, of, ...filter }: ExportQuery,
    ): Promise<AuditFile> {
      const chain = await chainOf(principal, of);
      const { organizationId } = principal;
      await deps.audit.record({
        ...{ organizationId, principal: auditName(principal), correlationId },
        ...{ action: 'audit.export', target: `organization:${organizationId}` },
        detail: { format, after, of, ...filter },
      });
      const anchor = await repository.anchor(chain);
      const head = await sealedHead(chain);
      const end = head?.sequence ?? 0;
      const begin = Math.max(after, anchor?.sequence ?? 0);
      const to = Math.min(end, begin + AUDIT_EXPORT_ENTRIES);
      const found = readChain(repository, chain, { ...filter, after: begin, to });
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
