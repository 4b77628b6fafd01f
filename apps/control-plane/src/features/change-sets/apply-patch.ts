import { applyPatch, type StructuredPatch } from 'diff';
import type { Edit } from '@spt-flow/shared/api/change-sets';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { FilePatch } from './parse-patch.ts';
import type { CurrentFile, WorkspaceFiles } from './workspace-files.ts';

/** Looking for the places of all hunks, each in all lines of its file, takes this many comparisons at most. */
const MAX_COMPARISONS = 50_000_000;
const MAX_COMPLAINTS = 20;

/** Complaint says why a patch does not fit one file. */
class Complaint extends Error {
  override readonly name = 'Complaint';
}

/** editsOfPatches makes edits of a patch for the files as they are; AppError that names each file, hunk and line that does not fit. */
export async function editsOfPatches(
  patches: readonly FilePatch[],
  files: Pick<WorkspaceFiles, 'read'>,
): Promise<Edit[]> {
  const edits: Edit[] = [];
  const issues: { path: string; message: string }[] = [];
  const room = { comparisons: MAX_COMPARISONS };
  for (const patch of patches) {
    try {
      edits.push(...(await editsOf(patch, files, room)));
    } catch (error) {
      if (!(error instanceof Complaint)) throw error;
      issues.push({ path: patch.from ?? patch.to ?? '', message: error.message });
    }
  }
  const [first] = issues;
  if (!first) return edits;
  throw new AppError('patch_does_not_apply', `"${first.path}" ${first.message}`, {
    details: { issues: issues.slice(0, MAX_COMPLAINTS) },
  });
}

async function editsOf(
  patch: FilePatch,
  files: Pick<WorkspaceFiles, 'read'>,
  room: { comparisons: number },
): Promise<Edit[]> {
  const { from, to, kind } = patch;
  const current = await files.read(from ?? to ?? '');
  if (from === null && current) throw new Complaint('exists already');
  const before = from === null ? '' : textOf(current);
  room.comparisons -= patch.diff.hunks.length * before.split('\n').length;
  if (room.comparisons < 0) throw new Complaint('is too large for a patch with so many hunks');
  const text = patched(before, patch.diff);
  if (to === null) {
    if (text !== '') throw new Complaint('holds more than what the patch deletes');
    return from === null ? [] : [{ action: 'delete', path: from }];
  }
  if (from === null || from === to) return [write(to, text, patch.executable)];
  if (await files.read(to)) throw new Complaint(`cannot become "${to}", which exists already`);
  const written = write(to, text, patch.executable ?? current?.executable);
  return kind === 'copy' ? [written] : [{ action: 'delete', path: from }, written];
}

function write(path: string, text: string, executable: boolean | undefined): Edit {
  return { action: 'write', path, text, ...(executable !== undefined && { executable }) };
}

function textOf(current: CurrentFile | undefined): string {
  if (!current) throw new Complaint('does not exist');
  if (current.text === null) throw new Complaint('is not a text, or larger than 1 MB');
  return current.text;
}

function patched(text: string, patch: StructuredPatch): string {
  const { hunks } = patch;
  const result = applyPatch(text, patch);
  if (result !== false) return result;
  const index = firstMisfit(text, patch);
  const place = `hunk ${index + 1} of ${hunks.length} (line ${hunks[index]?.oldStart ?? 0})`;
  throw new Complaint(`does not hold the lines that ${place} expects`);
}

/** Hunks are placed in order: the first that finds no place is where the hunks up to it begin to fail. */
function firstMisfit(text: string, patch: StructuredPatch): number {
  let [fits, fails] = [0, patch.hunks.length];
  while (fails - fits > 1) {
    const middle = Math.floor((fits + fails) / 2);
    const isFitting = applyPatch(text, { ...patch, hunks: patch.hunks.slice(0, middle) }) !== false;
    if (isFitting) fits = middle;
    else fails = middle;
  }
  return fits;
}
