import { html, parse, type DefaultTreeAdapterTypes, type ParserError } from 'parse5';
import type { StagedFile, SyntaxProblem } from './staged-file.ts';
import { complaintAt } from './complaint.ts';
import { checkCss } from './css.ts';
import { checkEitherGrammar, type ScriptContext } from './javascript.ts';

type Element = DefaultTreeAdapterTypes.Element;
type Node = DefaultTreeAdapterTypes.Node;

/** Of what the standard calls an error, browsers mend nearly all; after these they show something else. */
const AT_END = new Map<string, string>([
  ['eof-in-tag', 'Tag is never closed'],
  ['eof-before-tag-name', 'Tag is never closed'],
  ['eof-in-comment', 'Comment is never closed'],
  ['eof-in-doctype', 'Doctype is never closed'],
]);
const IN_TAG = new Map<string, string>([
  ['unexpected-character-in-attribute-name', 'Unexpected character in the name of an attribute'],
]);

/** Their content is text up to their own end tag. */
const TEXT_ELEMENTS = new Set(['script', 'style', 'textarea', 'title']);
const SCRIPT_TYPES = new Set(['', 'module', 'text/javascript', 'application/javascript']);

/** Marks of languages that make HTML of it: Jinja, Handlebars, EJS, PHP. */
const MARKS = [
  ['{{', '}}'],
  ['{%', '%}'],
  ['<%', '%>'],
  ['<?', '?>'],
] as const;

/** Structure, and the styles and scripts in it. */
export async function checkHtml(
  file: StagedFile,
  context: Pick<ScriptContext, 'limited' | 'parseScript'>,
): Promise<SyntaxProblem> {
  const scripts: string[] = [];
  const problem = context.limited(file.content, (source) => checkStructure(source, scripts));
  if (problem !== undefined) return problem;
  for (const source of scripts) {
    const complaint = await checkEitherGrammar({ source, name: file.path }, context);
    if (complaint !== undefined) return complaint;
  }
  return undefined;
}

function checkStructure(source: string, scripts: string[]): SyntaxProblem {
  const masked = maskTemplates(source);
  const errors: ParserError[] = [];
  const document = parse(masked, {
    sourceCodeLocationInfo: true,
    onParseError: (error) => void errors.push(error),
  });
  for (const { code, startOffset } of errors) {
    // Between marks, half a tag may be meant.
    const isFatal = masked === source && isShiftedQuote(source, startOffset);
    const message = AT_END.get(code) ?? (isFatal ? IN_TAG.get(code) : undefined);
    if (message !== undefined) return complaintAt(source, startOffset, message);
  }
  const pending: Node[] = [document];
  for (let node = pending.pop(); node; node = pending.pop()) {
    pending.push(...childrenOf(node).toReversed());
    const problem = 'tagName' in node ? checkElement(node, { source, masked, scripts }) : undefined;
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** A quote that closes nothing: harmless alone, but within a word it means that one before is missing. */
function isShiftedQuote(source: string, offset: number): boolean {
  return source[offset] === '<' || /[^\s"'>/=]/.test(source[offset - 1] ?? ' ');
}

function childrenOf(node: Node): Node[] {
  if ('content' in node) return node.content.childNodes;
  return 'childNodes' in node ? node.childNodes : [];
}

interface Page {
  readonly source: string;
  readonly masked: string;
  readonly scripts: string[];
}

function checkElement(element: Element, { source, masked, scripts }: Page): SyntaxProblem {
  const { tagName, sourceCodeLocation: location } = element;
  if (!TEXT_ELEMENTS.has(tagName) || !isHtml(element) || !location?.startTag) return undefined;
  if (!location.endTag)
    return complaintAt(source, location.startOffset, `'<${tagName}>' is never closed`);
  const [start, end] = [location.startTag.endOffset, location.endTag.startOffset];
  const content = source.slice(start, end);
  if (content !== masked.slice(start, end)) return undefined;
  // Blanks before it, so that lines and columns are those of the whole page.
  const placed = `${source.slice(0, start).replace(/[^\n\r]/g, ' ')}${content}`;
  if (tagName === 'script' && isScript(element)) scripts.push(placed);
  return tagName === 'style' ? checkCss(placed) : undefined;
}

function isHtml({ namespaceURI }: Element): boolean {
  return namespaceURI === html.NS.HTML;
}

function isScript({ attrs }: Element): boolean {
  const type =
    attrs
      .find(({ name }) => name === 'type')
      ?.value.trim()
      .toLowerCase() ?? '';
  return SCRIPT_TYPES.has(type);
}

function maskTemplates(source: string): string {
  return MARKS.reduce((text, [opening, closing]) => mask(text, opening, closing), source);
}

/** Blanks for what another program replaces, so that all else keeps its place. */
function mask(source: string, opening: string, closing: string): string {
  const pieces: string[] = [];
  let done = 0;
  for (;;) {
    const start = source.indexOf(opening, done);
    const end = start === -1 ? -1 : source.indexOf(closing, start + opening.length);
    if (end === -1) return pieces.join('') + source.slice(done);
    const after = end + closing.length;
    pieces.push(source.slice(done, start), source.slice(start, after).replace(/[^\n\r]/g, ' '));
    done = after;
  }
}
