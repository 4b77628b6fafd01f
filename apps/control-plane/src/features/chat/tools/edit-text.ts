import { findText, type TextMatch } from './find-text.ts';
import { lineEndingOf, lineNumberAt, toLf, withEnding } from './text-lines.ts';
import { ToolError } from './tool-error.ts';

export interface TextEdit {
  readonly old_string: string;
  readonly new_string: string;
  readonly replace_all?: boolean | undefined;
}

const NEARBY_LINES = 3;

function words(line: string): Set<string> {
  return new Set(line.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? []);
}

function likeness(line: string, wanted: Set<string>): number {
  const have = words(line);
  let shared = 0;
  for (const word of wanted) if (have.has(word)) shared++;
  return shared / Math.max(1, wanted.size + have.size - shared);
}

function nearestLines(text: string, wanted: string): string {
  const first = words(wanted.split('\n').find((line) => line.trim() !== '') ?? '');
  const ranked = text
    .split('\n')
    .map((line, index) => ({ line, number: index + 1, score: likeness(line, first) }))
    .filter((entry) => entry.score > 0.3)
    .sort((left, right) => right.score - left.score)
    .slice(0, NEARBY_LINES);
  if (ranked.length === 0)
    return 'No line looks similar. Read the file again before the next edit.';
  return `Most similar lines:\n${ranked.map((entry) => `${entry.number}: ${entry.line}`).join('\n')}`;
}

function notFound(text: string, edit: TextEdit): ToolError {
  const applied = edit.new_string.trim() !== '' && text.includes(toLf(edit.new_string));
  const hint = applied
    ? 'new_string is already in the file, so this edit may have been applied before. '
    : '';
  return new ToolError(
    `old_string was not found. ${hint}${nearestLines(text, toLf(edit.old_string))}`,
  );
}

function ambiguous(text: string, matches: readonly TextMatch[]): ToolError {
  const lines = matches.map((match) => lineNumberAt(text, match.start)).join(', ');
  return new ToolError(
    `old_string matches ${matches.length} places, at lines ${lines}. Add lines around it to make it unique, or set replace_all.`,
  );
}

/** Of places that overlap the first is replaced. */
function splice(text: string, matches: readonly TextMatch[], replacement: string): string {
  let result = '';
  let from = 0;
  for (const match of matches) {
    if (match.start < from) continue;
    result += text.slice(from, match.start) + match.reindent(replacement);
    from = match.end;
  }
  return result + text.slice(from);
}

function withoutBlankEdges(text: string): string {
  const lines = text.split('\n');
  const isFull = (line: string) => /[^ \t]/.test(line);
  return lines.slice(lines.findIndex(isFull), lines.findLastIndex(isFull) + 1).join('\n');
}

function applyOne(text: string, edit: TextEdit): string {
  if (edit.old_string === '')
    throw new ToolError('old_string is empty. Use write_file to replace a whole file.');
  if (edit.old_string === edit.new_string)
    throw new ToolError('old_string and new_string are equal: nothing would change.');
  let replacement = toLf(edit.new_string);
  let matches = findText(text, edit.old_string);
  const trimmed = withoutBlankEdges(toLf(edit.old_string));
  if (matches.length === 0 && trimmed !== '' && trimmed !== edit.old_string) {
    matches = findText(text, trimmed);
    replacement = withoutBlankEdges(replacement);
  }
  if (matches.length === 0) throw notFound(text, edit);
  if (matches.length > 1 && edit.replace_all !== true) throw ambiguous(text, matches);
  return splice(text, matches, replacement);
}

/** applyEdits changes a text by exact replacements, all or none, and keeps its line endings. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  const before = toLf(text);
  let after = before;
  edits.forEach((edit, index) => {
    try {
      after = applyOne(after, edit);
    } catch (error) {
      if (!(error instanceof ToolError) || edits.length === 1) throw error;
      throw new ToolError(
        `Edit ${index + 1} of ${edits.length}: ${error.message} None of the edits was applied.`,
      );
    }
  });
  if (after === before) throw new ToolError('The edits leave the file as it is.');
  return withEnding(after, lineEndingOf(text));
}
