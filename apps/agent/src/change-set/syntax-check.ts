import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ScriptParser } from '../runtime/runtime.ts';
import { ignoring, messageOf } from '../system/errors.ts';
import type { Check } from './manifest.ts';
import type { StagedFile, SyntaxProblem } from './staged-file.ts';
import { checkGo, checkPython } from './syntax-tools.ts';

export interface SyntaxContext {
  readonly projectDirectory: string;
  /** Empty, for tools that read files. */
  readonly scratchDirectory: string;
  readonly parseScript: ScriptParser;
}

interface Language {
  readonly name: string;
  matches(path: string): boolean;
  /** Null: the tool that could tell is not installed. */
  check(files: readonly StagedFile[], context: SyntaxContext): Promise<SyntaxProblem[] | null>;
}

const LANGUAGES: readonly Language[] = [
  { name: 'javascript', matches: (path) => /\.(js|mjs|cjs)$/.test(path), check: checkJavaScript },
  { name: 'json', matches: isStrictJson, check: (files) => Promise.all(files.map(checkJson)) },
  { name: 'python', matches: (path) => path.endsWith('.py'), check: checkPython },
  { name: 'go', matches: (path) => path.endsWith('.go'), check: checkGo },
];

/** Parses all files by language, each language at once; a broken file fails its check, an unknown one is named. */
export async function checkSyntax(
  files: readonly StagedFile[],
  context: SyntaxContext,
): Promise<Check[]> {
  const checks: Check[] = [];
  for (const language of LANGUAGES) {
    const matching = files.filter((file) => language.matches(file.path));
    if (matching.length > 0) checks.push(await runCheck(language, matching, context));
  }
  const unknown = files.filter(
    (file) => !LANGUAGES.some((language) => language.matches(file.path)),
  );
  if (unknown.length > 0)
    checks.push(unchecked('other', unknown, 'no parser for this kind of file'));
  return checks;
}

async function runCheck(
  language: Language,
  files: readonly StagedFile[],
  context: SyntaxContext,
): Promise<Check> {
  const started = performance.now();
  const problems = await language.check(files, context);
  if (problems === null) return unchecked(language.name, files, 'its tool is not installed');
  const broken = files.flatMap((file, index) =>
    problems[index] === undefined ? [] : [`${file.path}: ${problems[index]}`],
  );
  return {
    name: `syntax: ${language.name}`,
    ok: broken.length === 0,
    detail: broken.length === 0 ? countOf(files) : broken.join('\n').slice(0, 4_000),
    durationMs: performance.now() - started,
  };
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

async function checkJavaScript(
  files: readonly StagedFile[],
  context: SyntaxContext,
): Promise<SyntaxProblem[]> {
  const problems: SyntaxProblem[] = [];
  for (const file of files) problems.push(await checkScript(file, files, context));
  return problems;
}

/**
 * A `.js` file may be a module for browsers in a package of scripts, or the reverse, so either
 * grammar will do; what the nearest package.json says decides whose complaint is shown.
 */
async function checkScript(
  file: StagedFile,
  files: readonly StagedFile[],
  context: SyntaxContext,
): Promise<SyntaxProblem> {
  const source = file.content.toString('utf8');
  const parse = (kind: 'module' | 'script') =>
    context.parseScript({ source, kind, name: file.path });
  if (file.path.endsWith('.mjs')) return parse('module');
  if (file.path.endsWith('.cjs')) return parse('script');
  const asModule = await parse('module');
  const asScript = asModule === undefined ? undefined : await parse('script');
  if (asScript === undefined) return undefined;
  return (await isModulePackage(file.path, files, context)) ? asModule : asScript;
}

async function isModulePackage(
  path: string,
  files: readonly StagedFile[],
  context: SyntaxContext,
): Promise<boolean> {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    const staged = files.find((file) => file.path === manifest)?.content.toString('utf8');
    const text =
      staged ??
      (await ignoring(['ENOENT', 'ENOTDIR'], () =>
        readFile(join(context.projectDirectory, manifest), 'utf8'),
      ));
    if (text !== undefined) return /"type"\s*:\s*"module"/.test(text);
    if (folder === '.') return false;
  }
}
