import { toLf } from './text-lines.ts';

/** Half-open range of the text that matched, and what to put before each replaced line. */
export interface TextMatch {
  readonly start: number;
  readonly end: number;
  reindent(replacement: string): string;
}

function unchanged(replacement: string): string {
  return replacement;
}

function exactMatches(text: string, wanted: string): TextMatch[] {
  const matches: TextMatch[] = [];
  for (let at = text.indexOf(wanted); at !== -1; at = text.indexOf(wanted, at + 1)) {
    matches.push({ start: at, end: at + wanted.length, reindent: unchanged });
  }
  return matches;
}

function indentOf(line: string): string {
  return line.slice(0, line.length - line.trimStart().length);
}

function reindenter(found: readonly string[], wanted: readonly string[]): (text: string) => string {
  const index = wanted.findIndex((line) => line.trim() !== '');
  const actual = indentOf(found[index] ?? '');
  const given = indentOf(wanted[index] ?? '');
  return (text) =>
    text
      .split('\n')
      .map((line) =>
        line.startsWith(given) && line.trim() !== '' ? actual + line.slice(given.length) : line,
      )
      .join('\n');
}

interface LineRule {
  readonly normalise: (line: string) => string;
  readonly reindents: boolean;
}

/** Compares whole lines after `normalise`; a final line break in `wanted` is not part of the match. */
function lineMatches(text: string, wanted: string, rule: LineRule): TextMatch[] {
  const lines = text.split('\n');
  const needle = wanted.replace(/\n$/, '').split('\n');
  const normalNeedle = needle.map(rule.normalise);
  if (normalNeedle.every((line) => line === '')) return [];
  const normalLines = lines.map(rule.normalise);
  const matches: TextMatch[] = [];
  let offset = 0;
  for (let at = 0; at + needle.length <= lines.length; at++) {
    if (normalNeedle.every((line, index) => line === normalLines[at + index])) {
      const found = lines.slice(at, at + needle.length);
      const reindent = rule.reindents ? reindenter(found, needle) : unchanged;
      const end = offset + found.join('\n').length;
      const trim = (value: string): string =>
        reindent(wanted.endsWith('\n') ? value.replace(/\n$/, '') : value);
      matches.push({ start: offset, end, reindent: trim });
    }
    offset += (lines[at] ?? '').length + 1;
  }
  return matches;
}

/** One character for one character, so that positions stay those of the original. */
function plainCharacters(text: string): string {
  return text
    .replace(/[\u2018\u2019\u201a\u201b]/g, "'")
    .replace(/[\u201c\u201d\u201e\u201f]/g, '"')
    .replace(/[\u2010-\u2015\u2212]/g, '-')
    .replace(/[\u00a0\u2000-\u200a\u202f\u205f\u3000]/g, ' ');
}

type Stage = (text: string, wanted: string) => TextMatch[];

const STAGES: readonly Stage[] = [
  exactMatches,
  (text, wanted) =>
    lineMatches(text, wanted, { normalise: (line) => line.trimEnd(), reindents: false }),
  (text, wanted) =>
    lineMatches(text, wanted, { normalise: (line) => line.trim(), reindents: true }),
  (text, wanted) => exactMatches(plainCharacters(text), plainCharacters(wanted)),
  (text, wanted) =>
    lineMatches(text, wanted, {
      normalise: (line) => plainCharacters(line.normalize('NFKC')).trim(),
      reindents: true,
    }),
];

/** findText returns the matches of the strictest stage that has any, also those that overlap. Both texts use LF. */
export function findText(text: string, wanted: string): TextMatch[] {
  for (const stage of STAGES) {
    const matches = stage(text, toLf(wanted));
    if (matches.length > 0) return matches;
  }
  return [];
}
