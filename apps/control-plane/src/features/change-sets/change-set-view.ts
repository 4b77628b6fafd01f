import type { ChangeSetReceipt, SignedReceipt } from '@spt-flow/shared/agent-protocol/change-set';
import { ChangeSetSchema, type ChangeSet } from '@spt-flow/shared/api/change-sets';
import type * as z from 'zod';
import type { Ended } from './accept-receipt.ts';
import type { FileContents, ListedChangeSet } from './change-sets-repository.ts';
import { countLines } from './line-counts.ts';

const StoredSchema = ChangeSetSchema.pick({
  files: true,
  checks: true,
  probe: true,
  author: true,
}).partial();
export type StoredReceipt = z.infer<typeof StoredSchema> & {
  /** The agent's own words with its signature, for whoever wants to check them. */
  readonly signed?: SignedReceipt;
};

/** ToldReceipt is the part of a receipt that people are shown. */
type ToldReceipt = Partial<Pick<ChangeSetReceipt, 'checks' | 'probe'>> & {
  readonly files: readonly Pick<ChangeSetReceipt['files'][number], 'path' | 'change'>[];
};

/** toStoredReceipt keeps what people are shown, with the counts of lines, so that lists need no contents. */
export function toStoredReceipt(
  { receipt, signed }: Pick<Ended, 'signed'> & { readonly receipt: ToldReceipt },
  contents: readonly FileContents[],
): StoredReceipt {
  const texts = new Map(contents.map((file) => [file.path, file]));
  const files = receipt.files.map(({ path, change }) => {
    const text = texts.get(path);
    return { path, change, ...countLines(text?.before ?? null, text?.after ?? null) };
  });
  const { checks = [], probe = null } = receipt;
  return { files, checks, probe, ...(signed && { signed }) };
}

/** toChangeSet is the receipt as the API gives it; a running one reads as rolled back until it is settled. */
export function toChangeSet(row: ListedChangeSet): ChangeSet {
  const stored = StoredSchema.parse(row.receipt);
  const { id, workspaceId, summary, outcome, reason, commit, durationMs } = row;
  return {
    ...{ id, workspaceId, summary, reason, commit, durationMs },
    outcome: outcome === 'running' ? 'rolled_back' : outcome,
    author: stored.author ?? null,
    files: stored.files ?? [],
    checks: stored.checks ?? [],
    probe: stored.probe ?? null,
    createdAt: row.createdAt.toISOString(),
  };
}
