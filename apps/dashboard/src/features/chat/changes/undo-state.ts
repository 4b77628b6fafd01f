import type { ChangeSet } from '@spt-flow/shared/api/change-sets';

export type UndoState = 'possible' | 'undone' | 'changed-since';

/** undoStateOf: a change can be taken back by itself as long as no later one touched its files. */
export function undoStateOf(receipt: ChangeSet, receipts: Iterable<ChangeSet>): UndoState {
  const paths = new Set(receipt.files.map((file) => file.path));
  let newest: ChangeSet | undefined;
  for (const other of receipts) {
    if (other.outcome !== 'committed' || other.createdAt <= receipt.createdAt) continue;
    if (!other.files.some((file) => paths.has(file.path))) continue;
    if (newest === undefined || other.createdAt > newest.createdAt) newest = other;
  }
  if (newest === undefined) return 'possible';
  return isUndoOf(newest, receipt) ? 'undone' : 'changed-since';
}

function isUndoOf(other: ChangeSet, receipt: ChangeSet): boolean {
  const begin = 'Undo: ';
  return (
    other.summary.startsWith(begin) && receipt.summary.startsWith(other.summary.slice(begin.length))
  );
}
