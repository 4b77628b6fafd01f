import {
  checkChain,
  FIRST_PREVIOUS_HASH,
  type AuditHead,
} from '@spt-flow/shared/domain/audit-chain';
import type { Audit } from '../../lib/audit.ts';
import type { Clock } from '../../lib/clock.ts';
import { newCorrelationId } from '../../lib/correlation.ts';
import { hashText, type HeadSigner } from './audit-chain.ts';
import type { AuditAnchorsRepository } from './audit-anchors-repository.ts';
import { ChainChanged, type AuditProblems } from './audit-problems.ts';
import type { AuditRepository, Chain } from './audit-repository.ts';
import { readChain } from './read-chain.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export interface AuditTrimmerDeps {
  readonly repository: AuditAnchorsRepository & Pick<AuditRepository, 'head' | 'sealed'>;
  readonly signer: HeadSigner;
  readonly audit: Audit;
  readonly clock: Clock;
  readonly problems: AuditProblems;
  /** Null: for ever. */
  readonly keepDays: number | null;
}

/**
 * createAuditTrimmer removes entries that are older than what is to be kept. First a signed anchor says after which entry
 * the chain begins from now on; the entries before it go an hour later, so that who reads them just then reads to the end.
 *
 * INVARIANT: only what still verifies gets behind an anchor: what was changed is not removed with its traces.
 */
export function createAuditTrimmer(deps: AuditTrimmerDeps) {
  const { repository, signer, clock, problems, keepDays } = deps;
  let timer: NodeJS.Timeout | undefined;
  let working = Promise.resolve();

  /** The last entry that is too old, with all before it; undefined: nothing is, or it was changed. */
  async function lastAged(chain: Chain, from: AuditHead | undefined, before: Date) {
    const after = from?.sequence ?? 0;
    const kept = await repository.firstSince(chain, { after, since: before });
    const to = kept === undefined ? ((await repository.head(chain))?.sequence ?? 0) : kept - 1;
    if (to <= after) return undefined;
    const check = checkChain(hashText, from ?? { sequence: 0, hash: FIRST_PREVIOUS_HASH });
    for await (const entry of readChain(repository, chain, { after, to }))
      if (check.next(entry)) throw new ChainChanged(chain, `Entry ${entry.sequence}`);
    if (check.sequence !== to) throw new ChainChanged(chain, `Entry ${check.sequence + 1}`);
    return { sequence: to, hash: check.hash };
  }

  async function moveAnchor(
    chain: Chain,
    { from, days }: { readonly from: AuditHead | undefined; readonly days: number },
  ): Promise<void> {
    const before = new Date(clock.now().getTime() - days * DAY_MS);
    const last = await lastAged(chain, from, before);
    if (!last) return;
    const signedAt = clock.now().toISOString();
    const anchor = signer.sign({ organizationId: chain, ...last, signedAt }, 'anchor');
    await repository.transaction(async (tx) => {
      if (!(await repository.setAnchor(anchor, tx))) return;
      await deps.audit.record(
        {
          ...{ organizationId: chain, principal: 'system', action: 'audit.trim' },
          ...{ target: `organization:${chain ?? ''}`, correlationId: newCorrelationId() },
          detail: { through: last.sequence, before: before.toISOString(), days },
        },
        tx,
      );
    });
  }

  async function trim(chain: Chain, days: number): Promise<void> {
    const anchor = await repository.anchor(chain);
    if (anchor && !signer.isSigned(anchor, 'anchor'))
      throw new ChainChanged(chain, 'The beginning');
    const ageMs = anchor ? clock.now().getTime() - Date.parse(anchor.signedAt) : Infinity;
    if (anchor && ageMs >= HOUR_MS) await repository.removeThrough(chain, anchor.sequence);
    if (ageMs >= DAY_MS) await moveAnchor(chain, { from: anchor, days });
  }

  async function trimAll(): Promise<void> {
    if (keepDays === null) return;
    for (const chain of await repository.chains())
      await problems.note(`removing of ${chain}`, () => trim(chain, keepDays));
  }

  function run(): Promise<void> {
    working = working.then(() => problems.note('removing', trimAll));
    return working;
  }

  return {
    run,

    start(): void {
      if (keepDays === null) return;
      timer = setInterval(() => void run(), HOUR_MS).unref();
      void run();
    },

    async close(): Promise<void> {
      clearInterval(timer);
      await working;
    },
  };
}
