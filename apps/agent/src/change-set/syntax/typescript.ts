import { parse, type ParserPlugin } from '@babel/parser';
import type { SyntaxProblem } from './staged-file.ts';
import { complaintAt } from './complaint.ts';

/** Syntax of stages that compilers take already. */
const PLUGINS: readonly ParserPlugin[] = [
  'decorators-legacy',
  'decoratorAutoAccessors',
  'deferredImportEvaluation',
  'deprecatedImportAssert',
  'explicitResourceManagement',
  'sourcePhaseImports',
];

/** A video has this ending too, and the texts of translators. */
const NO_TYPESCRIPT = /\0|^\s*<(\?xml|!DOCTYPE)/i;

/** By its ending: `ts`, `tsx`, `mts`, `cts`, `jsx`, with `d.` before it for declarations. */
export function checkTypeScript(source: string, ending: string): SyntaxProblem {
  if (NO_TYPESCRIPT.test(source)) return { unparsed: 'not TypeScript' };
  const error = firstError(source, ending);
  return error && complaintAt(source, error.pos, error.message.replace(/ \(\d+:\d+\)$/, ''));
}

function firstError(source: string, ending: string): Located | undefined {
  try {
    const { errors } = parse(source, {
      sourceType: 'unambiguous',
      plugins: [...PLUGINS, ...pluginsOf(ending)],
      // What this or that compiler allows is its business; here it is whether there is a tree at all.
      allowAwaitOutsideFunction: true,
      allowUndeclaredExports: true,
      allowReturnOutsideFunction: true,
      errorRecovery: true,
      attachComment: false,
    });
    // What the plugin finds without losing its way is about types, and for the type checker.
    return errors?.filter(isLocated).find(({ syntaxPlugin }) => syntaxPlugin !== 'typescript');
  } catch (error) {
    if (isLocated(error)) return error;
    throw error;
  }
}

function pluginsOf(ending: string): ParserPlugin[] {
  if (/jsx?$/.test(ending)) return ['jsx'];
  const dts = ending.startsWith('d.');
  return ending === 'tsx' ? ['jsx', 'typescript'] : [['typescript', { dts }]];
}

interface Located {
  readonly pos: number;
  readonly message: string;
  readonly syntaxPlugin?: unknown;
}

function isLocated(error: unknown): error is Located {
  return error instanceof SyntaxError && 'pos' in error && typeof error.pos === 'number';
}
