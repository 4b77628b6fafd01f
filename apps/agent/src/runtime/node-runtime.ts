import vm from 'node:vm';
import { tryLock } from './node-lock.ts';
import type { PtyOptions, Runtime, ScriptSource } from './runtime.ts';

const WRAPPER_PARAMETERS = ['exports', 'require', 'module', '__filename', '__dirname'];

/** createRuntime runs the agent on Node, from its bundle, which this file is a part of. */
export function createRuntime(entryFile = __filename): Runtime {
  const { execPath } = process;
  return {
    // The flag opens vm.SourceTextModule, the only parser of modules in Node that runs nothing.
    selfCommand: (mode) =>
      mode === 'stage'
        ? [execPath, '--no-warnings', '--experimental-vm-modules', entryFile, mode]
        : [execPath, '--max-semi-space-size=1', entryFile, mode],
    // There is nothing that V8 would not do by itself.
    trimMemory: () => undefined,
    tryLock,
    openPty,
    parseScript,
  };
}

/** Loaded late: its native part is needed by the terminals' process alone. */
async function openPty(options: PtyOptions) {
  const { openNodePty } = await import('./node-pty.ts');
  return openNodePty(options);
}

async function parseScript({ source, kind, name }: ScriptSource): Promise<string | undefined> {
  const code = source.replace(/^#!.*/, '');
  try {
    if (kind === 'module') new vm.SourceTextModule(code, { identifier: name });
    else vm.compileFunction(code, WRAPPER_PARAMETERS, { filename: name });
    return undefined;
  } catch (error) {
    return complaintOf(error, name);
  }
}

/** Node puts `file:line`, the line and a caret before the message, and its own frames after it. */
function complaintOf(error: unknown, name: string): string {
  if (!(error instanceof Error)) return String(error);
  const lines = (error.stack ?? '').split('\n');
  const end = lines.findIndex((line) => line.startsWith(error.name));
  const line = lines[0]?.startsWith(`${name}:`) ? lines[0].slice(name.length + 1) : undefined;
  const excerpt = lines.slice(1, end).filter((text) => text.trim() !== '');
  return [`${error.name}: ${error.message}${line ? ` (line ${line})` : ''}`, ...excerpt].join('\n');
}
