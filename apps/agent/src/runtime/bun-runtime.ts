import { bun, BuildMessage } from './bun-api.ts';
import { tryLock } from './bun-lock.ts';
import { trimMemory } from './bun-memory.ts';
import type { PtyOptions, Runtime, ScriptSource } from './runtime.ts';

/** createRuntime runs the agent on Bun, which is a part of its executable. */
export function createRuntime(executable = process.execPath): Runtime {
  return {
    selfCommand: (mode) => [executable, mode],
    trimMemory,
    tryLock,
    openPty,
    parseScript,
  };
}

/** Loaded late: the terminals' process alone needs it. */
async function openPty(options: PtyOptions) {
  const { openBunPty } = await import('./bun-pty.ts');
  return openBunPty(options);
}

async function parseScript({ source, kind }: ScriptSource): Promise<string | undefined> {
  try {
    // Bun reads both grammars as one; an `export {}` makes it insist on a module.
    new bun.Transpiler({ loader: 'js' }).transformSync(
      kind === 'module' ? `${source}\nexport {};` : source,
    );
    return undefined;
  } catch (error) {
    return complaintOf(error instanceof AggregateError ? error.errors[0] : error);
  }
}

/** As on Node: what and where, the line, and a caret below it. */
function complaintOf(error: unknown): string {
  if (!(error instanceof BuildMessage)) return String(error);
  const { message, position } = error;
  if (!position) return `SyntaxError: ${message}`;
  const { line, lineText, column } = position;
  return `SyntaxError: ${message} (line ${line})\n${lineText}\n${' '.repeat(column - 1)}^`;
}
