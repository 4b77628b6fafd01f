import type { ChangedFile, Edit } from '@spt-flow/shared/api/change-sets';
import { editsOfPatches } from './apply-patch.ts';
import { assertEditsPermitted, isChange, type PlannedEdit } from './change-set-plan.ts';
import { countLines } from './line-counts.ts';
import { parseFilePatches } from './parse-patch.ts';
import type { WorkspaceFiles } from './workspace-files.ts';

/** Change is what somebody asks for: edits, or a unified diff. */
export interface Change {
  readonly edits?: readonly Edit[] | undefined;
  readonly patch?: string | undefined;
}

type EditsFor = (files: WorkspaceFiles) => Promise<readonly Edit[]>;

/** readChange refuses at once what can be refused without the workspace, and makes edits when its files are at hand. */
export function readChange({ edits = [], patch }: Change): EditsFor {
  if (patch === undefined) {
    assertEditsPermitted(edits);
    return async () => edits;
  }
  const patches = parseFilePatches(patch);
  return async (files) => {
    const made = await editsOfPatches(patches, files);
    assertEditsPermitted(made);
    return made;
  };
}

/** previewOf says what planned edits would change. */
export function previewOf(planned: readonly PlannedEdit[]): ChangedFile[] {
  return planned.filter(isChange).map(({ edit, before }) => {
    const after = edit.action === 'write' ? edit.text : null;
    const isCounted = edit.action !== 'write-binary' && before?.text !== null;
    const change =
      edit.action === 'delete' ? 'deleted' : before === undefined ? 'created' : 'updated';
    const counts = isCounted ? countLines(before?.text ?? null, after) : { added: 0, removed: 0 };
    return { path: edit.path, change, ...counts };
  });
}
