import type { Transaction } from '@spt-flow/db/client';
import type { Audit } from '../../lib/audit.ts';
import type { Clock } from '../../lib/clock.ts';
import type { DnsLook, Finding } from './dns-look.ts';
import { afterLook, lapsed, nextCheckAt, type Claim, type Look } from './domain-state.ts';
import type { DomainRow, DomainsRepository } from './domains-repository.ts';
import type { Proofs } from './proof.ts';

export interface DomainCheckDeps {
  readonly repository: DomainsRepository;
  readonly dns: Pick<DnsLook, 'look'>;
  readonly proofs: Proofs;
  readonly audit: Audit;
  readonly clock: Clock;
  /** Apps of the organization answer at other names than before. */
  readonly onServedChanged: (organizationId: string) => void;
}

const VERBS = {
  pending: 'lapse',
  verified: 'verify',
  active: 'activate',
  failing: 'fail',
} as const;

export type DomainCheck = ReturnType<typeof createDomainCheck>;

/**
 * createDomainCheck looks at the DNS and decides what follows, for one claim at a time. The DNS alone decides whose a
 * domain is: an organization keeps it for as long as its proof is there, whoever else claims it.
 */
export function createDomainCheck(deps: DomainCheckDeps) {
  const { repository, proofs, clock } = deps;

  function lookOf(organizationId: string, { proofs: found, leads }: Finding): Look {
    const wanted = proofs.valueOf(organizationId);
    const proof = found?.includes(wanted) ? 'there' : 'missing';
    return { proof: found === undefined ? 'unknown' : proof, leads };
  }

  async function store(
    { row, claim, correlationId }: { row: DomainRow; claim: Claim; correlationId: string },
    tx: Transaction,
  ): Promise<DomainRow | undefined> {
    const now = clock.now();
    const times = { checkedAt: now, nextCheckAt: nextCheckAt(claim, now) };
    if (claim.state !== row.state)
      await deps.audit.record(
        {
          organizationId: row.organizationId,
          principal: 'system',
          action: `domain.${VERBS[claim.state]}`,
          target: `project:${row.projectId}`,
          correlationId,
          detail: { domain: row.name, before: row.state, problem: claim.problem },
        },
        tx,
      );
    return repository.update(row.id, { ...claimOf(claim), ...times }, tx);
  }

  /** Answers what the claim is now; undefined when it was removed meanwhile. */
  return async function check(
    { id, name }: Pick<DomainRow, 'id' | 'name'>,
    correlationId: string,
  ): Promise<DomainRow | undefined> {
    const finding = await deps.dns.look(name);
    const changed = new Set<string>();
    const checked = await repository.transaction(async (tx) => {
      const rows = await repository.lockClaims(name, tx);
      const row = rows.find((each) => each.id === id);
      if (!row) return undefined;
      const now = clock.now();
      let claim = afterLook(row, lookOf(row.organizationId, finding), now);
      const holder = rows.find((each) => each.id !== id && each.state !== 'pending');
      if (holder && claim.state !== 'pending') {
        if (lookOf(holder.organizationId, finding).proof === 'there')
          claim = { ...claimOf(row), problem: 'taken' };
        else {
          await store({ row: holder, claim: lapsed(holder, now), correlationId }, tx);
          changed.add(holder.organizationId);
        }
      }
      if ((row.state === 'pending') !== (claim.state === 'pending'))
        changed.add(row.organizationId);
      return store({ row, claim, correlationId }, tx);
    });
    for (const organizationId of changed) deps.onServedChanged(organizationId);
    return checked;
  };
}

function claimOf({ state, problem, proofMissingSince, claimedAt }: Claim): Claim {
  return { state, problem, proofMissingSince, claimedAt };
}
