import { parsePatch, type StructuredPatch } from 'diff';
import { AppError } from '@spt-flow/shared/domain/errors';

/** What a patch does to one file. */
export interface FilePatch {
  /** Null: the file is new. */
  readonly from: string | null;
  /** Null: the file is deleted. */
  readonly to: string | null;
  readonly kind: 'change' | 'rename' | 'copy';
  /** Undefined: as before. */
  readonly executable: boolean | undefined;
  readonly diff: StructuredPatch;
}

const NOWHERE = '/dev/null';
/** More than these take seconds to read, in which nobody else is served. */
const MAX_LINES = 200_000;
const MAX_FILES = 10_000;
/** git writes its version below a mailed patch, which looks like a deleted line. */
const MAIL_SIGNATURE = /^-- \r?\n\d+\.\d[^\n]*(?:\n|$)/gm;
/** Lines end with a line feed only: to `^` there are more, and a patch of nothing else would be searched from each of them. */
const GIT_LINE_WITH_CR = /(?<![^\n])(diff --git [^\r\n]*)\r(?![^\n])/g;
/** What `diff -N` gives as the time of a file that is not there. */
const NEVER = /^19(?:70-01-01|69-12-31)\b/;
const REGULAR_FILE = /^100[0-7]{3}$/;

/** parseFilePatches reads a unified diff; AppError when it is none, or changes what is no text. */
export function parseFilePatches(text: string): FilePatch[] {
  refuseBinary(text);
  refuseExcess(text);
  const patches = parse(text.replace(MAIL_SIGNATURE, '').replace(GIT_LINE_WITH_CR, '$1'))
    .filter(({ oldFileName, hunks }) => oldFileName !== undefined || hunks.length > 0)
    .map(describe);
  if (patches.length === 0) throw invalid('The patch names no file');
  return patches;
}

function parse(text: string): StructuredPatch[] {
  try {
    return parsePatch(text);
  } catch (error) {
    throw invalid(`The patch cannot be read: ${error instanceof Error ? error.message : ''}`);
  }
}

function describe(patch: StructuredPatch): FilePatch {
  const [from, to] = namesOf(patch);
  const name = to ?? from ?? '';
  if (patch.isBinary) throw binary(name);
  for (const mode of [patch.oldMode, patch.newMode]) {
    if (mode !== undefined && !REGULAR_FILE.test(mode))
      throw invalid(`"${name}" is a link or a submodule, which a patch may not change here`);
  }
  return {
    ...{ from, to },
    kind: patch.isRename ? 'rename' : patch.isCopy ? 'copy' : 'change',
    executable: patch.newMode === undefined ? undefined : patch.newMode === '100755',
    diff: patch,
  };
}

function namesOf(patch: StructuredPatch): [from: string | null, to: string | null] {
  const { oldFileName, newFileName, hunks, isGit = false } = patch;
  if (oldFileName === undefined || newFileName === undefined)
    throw invalid('A hunk of the patch belongs to no file');
  const [hunk] = hunks;
  const isNew = patch.isCreate || oldFileName === NOWHERE || NEVER.test(patch.oldHeader ?? '');
  const isGone = patch.isDelete || newFileName === NOWHERE || NEVER.test(patch.newHeader ?? '');
  if (isNew && isGone) throw invalid('A file of the patch is neither before nor after it');
  if (isNew && (!hunk || hunk.oldLines === 0)) return [null, withoutPrefix(newFileName, isGit)];
  if (isGone && (!hunk || hunk.newLines === 0)) return [withoutPrefix(oldFileName, isGit), null];
  const [old, now] = [behindFirst(oldFileName), behindFirst(newFileName)];
  if (patch.isRename || patch.isCopy) return [old, now];
  // `a/x` and `b/x`, or `old/x` and `new/x`: the same file in two trees.
  const isPrefixed = oldFileName !== newFileName && old === now && old !== '';
  return isPrefixed ? [old, now] : [newFileName, newFileName];
}

/** Where the other name does not tell whether there is one. */
function withoutPrefix(name: string, isGit: boolean): string {
  const prefix = isGit ? /^[abciow]\// : /^[ab]\//;
  return name.replace(prefix, '');
}

function behindFirst(name: string): string {
  return name.includes('/') ? name.slice(name.indexOf('/') + 1) : '';
}

function refuseBinary(text: string): void {
  const at = /^GIT binary patch\r?$/m.exec(text)?.index;
  if (at === undefined) return;
  const headers = [...text.slice(0, at).matchAll(/^diff --git a\/(.*?) b\//gm)];
  throw binary(headers.at(-1)?.[1] ?? 'A file');
}

function refuseExcess(text: string): void {
  let [lines, files] = [0, 0];
  for (let at = 0; at !== -1 && lines <= MAX_LINES; lines += 1) {
    if (text.startsWith('+++ ', at) || text.startsWith('diff --git ', at)) files += 1;
    const end = text.indexOf('\n', at);
    at = end === -1 ? -1 : end + 1;
  }
  if (lines > MAX_LINES) throw invalid(`The patch has more than ${MAX_LINES} lines: divide it`);
  // Git names a file twice.
  if (files > 2 * MAX_FILES) throw invalid(`The patch has more than ${MAX_FILES} files: divide it`);
}

function binary(name: string): AppError {
  return invalid(`"${name}" is not a text: apply a directory that holds it instead of a patch`);
}

function invalid(message: string): AppError {
  return new AppError('patch_invalid', message);
}
