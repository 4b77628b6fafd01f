import type { ChangeSetReceipt } from '@spt-flow/shared/agent-protocol/change-set';
import { ChangeSetSchema, type ChangeSet } from '@spt-flow/shared/api/change-sets';
import type { z } from 'zod';
import type { ChangeSetRow, FileContents } from './change-sets-repository.ts';
import { countLines } from './line-counts.ts';

const StoredSchema = ChangeSetSchema.pick({ files: true, checks: true, probe: true }).partial();
export type StoredReceipt = z.infer<typeof StoredSchema>;

/** ToldReceipt is the part of a receipt that people are shown. */
type ToldReceipt = Partial<Pick<ChangeSetReceipt, 'checks' | 'probe'>> & {
  readonly files: readonly Pick<ChangeSetReceipt['files'][number], 'path' | 'change'>[];
};

/** toStoredReceipt keeps what people are shown, with the counts of lines, so that lists need no contents. */
export function toStoredReceipt(
  receipt: ToldReceipt,
  contents: readonly FileContents[],
): StoredReceipt {
  const texts = new Map(contents.map((file) => [file.path, file]));
  const files = receipt.files.map(({ path, change }) => {
    const text = texts.get(path);
    return { path, change, ...countLines(text?.before ?? null, text?.after ?? null) };
  });
  return { files, checks: receipt.checks ?? [], probe: receipt.probe ?? null };
}

/** toChangeSet is the receipt as the API gives it; a running one reads as rolled back until it is settled. */
export function toChangeSet(row: ChangeSetRow): ChangeSet {
  const stored = StoredSchema.parse(row.receipt);
  const { id, workspaceId, summary, outcome, reason, commit, durationMs } = row;
  return {
    ...{ id, workspaceId, summary, reason, commit, durationMs },
    outcome: outcome === 'running' ? 'rolled_back' : outcome,
    files: stored.files ?? [],
    checks: stored.checks ?? [],
    probe: stored.probe ?? null,
    createdAt: row.createdAt.toISOString(),
  };
}
