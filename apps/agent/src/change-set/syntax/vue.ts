import type { SyntaxProblem } from './staged-file.ts';
import { complaintAt } from './complaint.ts';
import { checkTypeScript } from './typescript.ts';

const LANGUAGES = new Set(['ts', 'tsx', 'jsx', 'js']);

/** Checks the scripts of a component, which stand at the start of a line. */
export function checkVue(source: string): SyntaxProblem {
  // Sticky and global: where an opening tag ends, the search goes on behind its script.
  const opening = /^<script(?=[\s>])((?:[^>"']|"[^"]*"|'[^']*')*)>/gm;
  for (let match = opening.exec(source); match; match = opening.exec(source)) {
    const end = endOfScript(source, opening.lastIndex);
    if (end === -1) return complaintAt(source, match.index, "'<script>' is never closed");
    const problem = checkScript({
      source,
      start: opening.lastIndex,
      end,
      attributes: match[1] ?? '',
    });
    if (problem !== undefined) return problem;
    opening.lastIndex = end;
  }
  return undefined;
}

function endOfScript(source: string, start: number): number {
  const closing = /<\/script/gi;
  closing.lastIndex = start;
  return closing.exec(source)?.index ?? -1;
}

interface Script {
  readonly source: string;
  readonly start: number;
  readonly end: number;
  readonly attributes: string;
}

function checkScript({ source, start, end, attributes }: Script): SyntaxProblem {
  const language = /\blang=["']?(\w+)/.exec(attributes)?.[1] ?? 'jsx';
  if (!LANGUAGES.has(language)) return { unparsed: `no parser for '${language}'` };
  // Blanks before it, so that lines and columns are those of the whole file.
  const padding = source.slice(0, start).replace(/[^\n\r]/g, ' ');
  return checkTypeScript(`${padding}${source.slice(start, end)}`, language);
}
