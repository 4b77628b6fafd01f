import { readFile } from 'node:fs/promises';
import { CliError, EXIT } from './errors.ts';
import type { CliIo } from './io.ts';
import { preferencesPath } from './paths.ts';
import type { SettingValue } from './settings.ts';

/** readPreferences returns the preferences, none when the file does not exist. */
export async function readPreferences(
  io: Pick<CliIo, 'home'>,
): Promise<Readonly<Record<string, SettingValue | undefined>>> {
  const text = await readIfThere(preferencesPath(io));
  if (text === undefined) return {};
  const { parsePreferences } = await import('@spt-flow/config/cli');
  try {
    return parsePreferences(text);
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    throw new CliError({ what, command: 'spt-flow --help', exitCode: EXIT.usage, cause });
  }
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw new CliError({ what: `${file} cannot be read`, exitCode: EXIT.failure, cause });
  }
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
