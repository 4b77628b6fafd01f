import {
  FIRST_PREVIOUS_HASH,
  hashRecord,
  type AuditHead,
} from '@spt-flow/shared/domain/audit-chain';
import type { Clock } from '../../lib/clock.ts';
import { hashText, type HeadSigner } from './audit-chain.ts';
import { ChainChanged, type AuditProblems } from './audit-problems.ts';
import type { AuditRepository, Chain, Seal } from './audit-repository.ts';

/** Entries that come together are sealed together; until then they may be lost without a trace. */
const SEAL_DELAY_MS = 250;
/** Finds what was not committed yet when it was told, and what a replica left that was killed. */
const SWEEP_INTERVAL_MS = 15_000;
const BATCH = 500;

export interface AuditSealerDeps {
  readonly repository: Pick<
    AuditRepository,
    'chainsWithUnsealed' | 'transaction' | 'lockHead' | 'unsealed' | 'seal' | 'setHead'
  >;
  readonly signer: HeadSigner;
  readonly clock: Clock;
  readonly problems: AuditProblems;
}

/**
 * createAuditSealer gives committed entries their places in the chain of their organization, a moment after they are
 * written, so that what is audited waits for nobody.
 *
 * INVARIANTS: the row of a chain's head is locked while it grows, by one replica at a time. It grows from the head alone,
 * never from the last entry found: what was cut off stays missing.
 */
export function createAuditSealer({ repository, signer, clock, problems }: AuditSealerDeps) {
  let timer: NodeJS.Timeout | undefined;
  let sweeping: NodeJS.Timeout | undefined;
  let isClosed = false;
  let isAsked = false;
  /** One at a time: each waits for a lock with a connection of its own. */
  let working: Promise<void> | undefined;

  /** How far each chain was, as this process saw it: an older head was put back. */
  const seen = new Map<Chain, number>();
  const lengthSeen = (chain: Chain) => seen.get(chain) ?? 0;

  function assertGenuine(chain: Chain, head: AuditHead | undefined): void {
    const wasLonger = lengthSeen(chain) > (head?.sequence ?? 0);
    if (wasLonger || (head && !signer.isSigned(head, 'head')))
      throw new ChainChanged(chain, 'The end');
  }

  async function sealBatch(chain: Chain): Promise<number> {
    const sealed = await repository.transaction(async (tx) => {
      const head = await repository.lockHead(chain, tx);
      assertGenuine(chain, head);
      const records = await repository.unsealed(chain, BATCH, tx);
      let { sequence, hash } = head ?? { sequence: 0, hash: FIRST_PREVIOUS_HASH };
      const seals = records.map((record): Seal => {
        const place = { sequence: sequence + 1, previousHash: hash };
        hash = hashRecord(record, place, hashText);
        sequence = place.sequence;
        return { id: record.id, ...place, hash };
      });
      if (seals.length > 0) {
        await repository.seal(seals, tx);
        const end = { organizationId: chain, sequence, hash, signedAt: clock.now().toISOString() };
        await repository.setHead(signer.sign(end, 'head'), tx);
      }
      return seals;
    });
    const last = sealed.at(-1)?.sequence ?? 0;
    seen.set(chain, Math.max(last, lengthSeen(chain)));
    return sealed.length;
  }

  /** All that is committed by now. */
  async function seal(chain: Chain): Promise<void> {
    while ((await sealBatch(chain)) === BATCH);
  }

  async function sealAll(): Promise<void> {
    const chains = await repository.chainsWithUnsealed();
    for (const chain of chains) await problems.note(`sealing of ${chain}`, () => seal(chain));
  }

  async function work(): Promise<void> {
    while (isAsked) {
      isAsked = false;
      await problems.note('sealing', sealAll);
    }
  }

  function run(): Promise<void> {
    isAsked = true;
    working ??= work().finally(() => (working = undefined));
    return working;
  }

  function wake(): void {
    if (isClosed) return;
    timer ??= setTimeout(() => {
      timer = undefined;
      void run();
    }, SEAL_DELAY_MS).unref();
  }

  return {
    seal,
    wake,
    lengthSeen,

    start(): void {
      wake();
      sweeping = setInterval(wake, SWEEP_INTERVAL_MS).unref();
    },

    /** Seals what is there, so that nothing waits for the next start. */
    async close(): Promise<void> {
      isClosed = true;
      clearInterval(sweeping);
      clearTimeout(timer);
      await run();
    },
  };
}
