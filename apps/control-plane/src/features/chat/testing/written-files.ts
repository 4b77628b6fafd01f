import type { Harness } from './turn-harness.ts';

/** filesOf is what the last change wrote, by path. */
export function filesOf(harness: Harness): Record<string, string> {
  const edits = harness.changes.at(-1)?.edits ?? [];
  return Object.fromEntries(
    edits.flatMap((edit) => (edit.action === 'write' ? [[edit.path, edit.text]] : [])),
  );
}
