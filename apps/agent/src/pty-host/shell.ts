import { accessSync, constants } from 'node:fs';
import { systemCode } from '../system/errors.ts';

const FALLBACKS = ['/bin/bash', '/bin/sh'];

/** What a terminal runs: the command in the user's shell, or the shell itself as at login. */
export function shellArguments(
  command: string | null,
  preferredShell: string | undefined,
): string[] {
  const candidates = preferredShell?.startsWith('/') ? [preferredShell, ...FALLBACKS] : FALLBACKS;
  const shell = candidates.find(isExecutable) ?? '/bin/sh';
  return command === null ? [shell, '-l'] : [shell, '-c', command];
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch (error) {
    if (systemCode(error) !== undefined) return false;
    throw error;
  }
}
