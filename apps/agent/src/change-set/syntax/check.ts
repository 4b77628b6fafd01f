import { messageOf } from '../../system/errors.ts';
import type { Check } from '../manifest.ts';
import { createLimitedParse } from './parse-limits.ts';
import type { StagedFile, SyntaxProblem } from './staged-file.ts';
import { checkJavaScript, type ScriptContext } from './javascript.ts';
import { checkGo, checkPython } from './tools.ts';

interface Context extends ScriptContext {
  /** Empty, for tools that read files. */
  readonly scratchDirectory: string;
}

interface Language {
  readonly name: string;
  matches(path: string): boolean;
  /** Null: the tool that could tell is not installed. */
  check(files: readonly StagedFile[], context: Context): Promise<SyntaxProblem[] | null>;
}

const LANGUAGES: readonly Language[] = [
  { name: 'javascript', matches: (path) => /\.(js|mjs|cjs)$/.test(path), check: checkJavaScript },
  {
    name: 'typescript',
    matches: (path) => /\.([mc]?ts|tsx|jsx)$/.test(path),
    check: checkTypeScriptFiles,
  },
  { name: 'vue scripts', matches: (path) => path.endsWith('.vue'), check: checkVueFiles },
  { name: 'html', matches: (path) => /\.html?$/.test(path), check: checkHtmlFiles },
  { name: 'css', matches: (path) => path.endsWith('.css'), check: checkCssFiles },
  { name: 'json', matches: isStrictJson, check: (files) => Promise.all(files.map(checkJson)) },
  { name: 'python', matches: (path) => path.endsWith('.py'), check: checkPython },
  { name: 'go', matches: (path) => path.endsWith('.go'), check: checkGo },
];

/** Parses all files by language, each language at once; a broken file fails its check, an unknown one is named. */
export async function checkSyntax(
  files: readonly StagedFile[],
  context: Omit<Context, 'limited'>,
): Promise<Check[]> {
  const checks: Check[] = [];
  const limits = { ...context, limited: createLimitedParse() };
  for (const language of LANGUAGES) {
    const matching = files.filter((file) => language.matches(file.path));
    if (matching.length > 0) checks.push(...(await runChecks(language, matching, limits)));
  }
  const unknown = files.filter(
    (file) => !LANGUAGES.some((language) => language.matches(file.path)),
  );
  if (unknown.length > 0)
    checks.push(unchecked('other', unknown, 'no parser for this kind of file'));
  return checks;
}

async function runChecks(
  language: Language,
  files: readonly StagedFile[],
  context: Context,
): Promise<Check[]> {
  const started = performance.now();
  const problems = await language.check(files, context);
  if (problems === null) return [unchecked(language.name, files, 'its tool is not installed')];
  const parsed = files.filter((_, index) => typeof problems[index] !== 'object');
  const broken = files.flatMap((file, index) =>
    typeof problems[index] === 'string' ? [`${file.path}: ${problems[index]}`] : [],
  );
  const check = {
    name: `syntax: ${language.name}`,
    ok: broken.length === 0,
    detail: broken.length === 0 ? countOf(parsed) : broken.join('\n').slice(0, 4_000),
    durationMs: performance.now() - started,
  };
  return [...(parsed.length > 0 ? [check] : []), ...uncheckedOf(language, files, problems)];
}

function uncheckedOf(
  { name }: Language,
  files: readonly StagedFile[],
  problems: readonly SyntaxProblem[],
): Check[] {
  const reasons = problems.map((it) => (typeof it === 'object' ? it.unparsed : undefined));
  return [...new Set(reasons)].flatMap((reason) => {
    if (reason === undefined) return [];
    const left = files.filter((_, index) => reasons[index] === reason);
    return [unchecked(`${name}, ${reason}`, left, reason)];
  });
}

function unchecked(name: string, files: readonly StagedFile[], reason: string): Check {
  return {
    name: `syntax: ${name}`,
    ok: true,
    detail: `unchecked, ${reason}: ${countOf(files)}`,
    durationMs: 0,
  };
}

function countOf(files: readonly StagedFile[]): string {
  const [first] = files;
  return files.length === 1 && first ? first.path : `${files.length} files`;
}

/** Tools read comments in these, so strict JSON would refuse what works. */
function isStrictJson(path: string): boolean {
  return (
    path.endsWith('.json') &&
    !/(^|\/)([tj]sconfig[^/]*|devcontainer|\.eslintrc)\.json$|(^|\/)\.vscode\//.test(path)
  );
}

async function checkJson(file: StagedFile): Promise<SyntaxProblem> {
  try {
    JSON.parse(file.content.toString('utf8'));
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** Parsers are loaded when there is something to parse: they are larger than the agent. */
async function checkTypeScriptFiles(files: readonly StagedFile[], { limited }: Context) {
  const { checkTypeScript } = await import('./typescript.ts');
  return files.map(({ path, content }) => {
    const ending = /(?<=\.)(d\.)?[a-z]+$/.exec(path)?.[0] ?? '';
    return limited(content, (source) => checkTypeScript(source, ending));
  });
}

async function checkVueFiles(files: readonly StagedFile[], { limited }: Context) {
  const { checkVue } = await import('./vue.ts');
  return files.map(({ content }) => limited(content, checkVue));
}

async function checkCssFiles(files: readonly StagedFile[], { limited }: Context) {
  const { checkCss } = await import('./css.ts');
  return files.map(({ content }) => limited(content, checkCss));
}

async function checkHtmlFiles(files: readonly StagedFile[], context: Context) {
  const { checkHtml } = await import('./html.ts');
  const problems: SyntaxProblem[] = [];
  for (const file of files) problems.push(await checkHtml(file, context));
  return problems;
}
