import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ScriptParser, ScriptSource } from '../../runtime/runtime.ts';
import { ignoring } from '../../system/errors.ts';
import type { LimitedParse } from './parse-limits.ts';
import type { StagedFile, SyntaxProblem } from './staged-file.ts';

export interface ScriptContext {
  readonly projectDirectory: string;
  readonly parseScript: ScriptParser;
  readonly limited: LimitedParse;
}

export async function checkJavaScript(
  files: readonly StagedFile[],
  context: ScriptContext,
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
  context: ScriptContext,
): Promise<SyntaxProblem> {
  const source = file.content.toString('utf8');
  const parse = (kind: 'module' | 'script') =>
    context.parseScript({ source, kind, name: file.path });
  if (file.path.endsWith('.mjs')) return parse('module');
  if (file.path.endsWith('.cjs')) return parse('script');
  const { asModule, asScript } = await parseEither({ source, name: file.path }, context);
  if (asScript === undefined || (await isJsx(file, context.limited))) return undefined;
  return (await isModulePackage(file.path, files, context)) ? asModule : asScript;
}

/** What is wrong as a script, undefined when it is a script or a module. */
export async function checkEitherGrammar(
  script: Omit<ScriptSource, 'kind'>,
  context: Pick<ScriptContext, 'parseScript'>,
): Promise<string | undefined> {
  return (await parseEither(script, context)).asScript;
}

async function parseEither(
  script: Omit<ScriptSource, 'kind'>,
  { parseScript }: Pick<ScriptContext, 'parseScript'>,
) {
  const asModule = await parseScript({ ...script, kind: 'module' });
  const asScript =
    asModule === undefined ? undefined : await parseScript({ ...script, kind: 'script' });
  return { asModule, asScript };
}

/** Build tools take JSX in files of this ending too. */
async function isJsx({ content }: StagedFile, limited: LimitedParse): Promise<boolean> {
  const { checkTypeScript } = await import('./typescript.ts');
  return limited(content, (source) => checkTypeScript(source, 'jsx')) === undefined;
}

async function isModulePackage(
  path: string,
  files: readonly StagedFile[],
  context: ScriptContext,
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
