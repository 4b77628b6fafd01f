import { RelativePathSchema } from '@spt-flow/shared/api/workspaces';
import { countLines } from './text-lines.ts';
import { ToolError } from './tool-error.ts';
import { findSecret } from './secrets.ts';

const MAX_FILE_BYTES = 256 * 1024;
/** Package managers write these; no model reads them whole. */
const MAX_LOCK_FILE_BYTES = 900 * 1024;
const LOCK_FILES = new Set(['package-lock.json', 'go.sum']);
/** Smaller files may be rewritten to any size. */
const SHRINK_FROM_LINES = 30;
const PROTECTED = new Set(['.git', 'node_modules', '.spt-flow']);
/** No run of blanks may be matched in two ways: a line of nothing else would take minutes. */
const PLACEHOLDER =
  /(?:\/\/|\/\*|#|<!--|\{\/\*)[ \t]*(?:(?:\.\.\.|…)[ \t]*)?(?:(?:the )?(?:rest|remainder) of|(?:existing|remaining|previous|other|same) (?:code|functions?|methods?|styles?|content|imports?|routes?|logic|implementation)\b)|(?:\/\/|#|<!--)[ \t]*(?:\.\.\.|…)[ \t]*(?:-->[ \t]*)?$/gim;

/** checkPath returns the path when it lies inside the project and may be changed. */
export function checkPath(path: string): string {
  const parsed = RelativePathSchema.safeParse(path);
  if (!parsed.success) {
    throw new ToolError(
      `"${path}" is not permitted: use a path inside the project with forward slashes, such as "src/app.js".`,
    );
  }
  if (PROTECTED.has(topOf(path)))
    throw new ToolError(
      `"${topOf(path)}/" belongs to the machine and cannot be read or changed here.`,
    );
  if (/[\u0000-\u001f]/.test(path))
    throw new ToolError('A path cannot contain control characters.');
  return path;
}

/** isReadable tells whether a file is shown to the model. */
export function isReadable(path: string): boolean {
  return !PROTECTED.has(topOf(path)) && !/(^|\/)\.env(\.|$)/.test(path);
}

/** ignoredFolders are the top folders a project keeps out of git: what people entered, what a build makes. */
export function ignoredFolders(gitignore: string | null): ReadonlySet<string> {
  const lines = (gitignore ?? '').split('\n').map((line) => line.trim());
  return new Set(lines.flatMap((line) => /^\/?([^/*!#]+)\/$/.exec(line)?.[1] ?? []));
}

export function topOf(path: string): string {
  return (path.split('/')[0] ?? '').toLowerCase();
}

export function collisionKey(path: string): string {
  return path.normalize('NFC').toLowerCase();
}

export interface NewContent {
  readonly path: string;
  readonly before: string | null;
  readonly after: string;
  readonly shrinkReason?: string | undefined;
}

function placeholderCount(text: string): number {
  return text.match(PLACEHOLDER)?.length ?? 0;
}

/** checkContent refuses what would lose or leak something: placeholders for code, halved files, secrets, huge files. */
export function checkContent({ path, before, after, shrinkReason }: NewContent): void {
  const maxBytes = LOCK_FILES.has(path) ? MAX_LOCK_FILE_BYTES : MAX_FILE_BYTES;
  if (Buffer.byteLength(after) > maxBytes)
    throw new ToolError(`"${path}" would exceed ${maxBytes / 1024} KiB. Split it.`);
  if (after.includes('\0')) throw new ToolError(`"${path}" must be text.`);
  if (placeholderCount(after) > placeholderCount(before ?? '')) {
    throw new ToolError(
      `"${path}" contains a placeholder comment instead of code. Write the complete content, or use edit_file for the changed places.`,
    );
  }
  const secret = findSecret(after);
  if (secret !== null && !(before ?? '').includes(secret)) {
    throw new ToolError(
      `"${path}" contains something that looks like a secret. Read it from an environment variable instead.`,
    );
  }
  const linesBefore = countLines(before ?? '');
  const linesAfter = countLines(after);
  if (linesBefore >= SHRINK_FROM_LINES && linesAfter < linesBefore / 2 && !shrinkReason) {
    throw new ToolError(
      `"${path}" would shrink from ${linesBefore} to ${linesAfter} lines. If that is wanted, say why in shrink_reason; otherwise use edit_file.`,
    );
  }
}
