import type { ChangeSetRow, FileContents } from './change-sets-repository.ts';
import { unkeptOf } from './finish-change-set.ts';

export interface CombinedChange {
  /** By path; files that are as they were are left out. */
  readonly files: FileContents[];
  readonly unkept: string[];
}

/** combine folds changes, oldest first, into what they did together. */
export function combine(rows: readonly ChangeSetRow[]): CombinedChange {
  const files = new Map<string, FileContents>();
  for (const { contents } of rows)
    for (const change of contents) {
      const first = files.get(change.path) ?? change;
      files.set(change.path, { ...first, after: change.after });
    }
  return {
    files: [...files.values()].filter(({ before, after }) => before !== after),
    unkept: [...new Set(rows.flatMap(unkeptOf))],
  };
}
