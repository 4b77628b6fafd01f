import type { AuditEntry } from '@spt-flow/shared/api/audit';
import type { SealedRecord } from '@spt-flow/shared/domain/audit-chain';
import type { AuditRepository, Chain } from './audit-repository.ts';

const PAGE = 500;

type Sealed = AuditRepository['sealed'];
type SealedEntry = AuditEntry & SealedRecord;
export type ChainRange = Omit<Parameters<Sealed>[1], 'limit'>;

/** readChain yields sealed entries in the order of their chain, a page in memory at a time. */
export async function* readChain(
  { sealed }: { readonly sealed: Sealed },
  chain: Chain,
  range: ChainRange,
): AsyncGenerator<SealedEntry> {
  for (let after = range.after; ;) {
    const page = await sealed(chain, { ...range, after, limit: PAGE });
    yield* page.filter(isSealed);
    const last = page.at(-1)?.sequence;
    if (page.length < PAGE || last == null) return;
    after = last;
  }
}

function isSealed(entry: AuditEntry): entry is SealedEntry {
  return entry.sequence !== null && entry.hash !== null && entry.previousHash !== null;
}
