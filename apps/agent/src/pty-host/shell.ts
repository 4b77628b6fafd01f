import { isExecutable } from '../system/is-executable.ts';

const FALLBACKS = ['/bin/bash', '/bin/sh'];

/** What a terminal runs: the command in the user's shell, or the shell itself as at login. */
export function shellArguments(
  command: string | null,
  preferredShell: string | undefined,
): string[] {
  const candidates = preferredShell?.startsWith('/') ? [preferredShell, ...FALLBACKS] : FALLBACKS;
  const shell = candidates.find(isExecutable);
  if (shell === undefined)
    throw new Error(`This machine has no shell for a terminal: none of ${candidates.join(', ')}`);
  return command === null ? [shell, '-l'] : [shell, '-c', command];
}
