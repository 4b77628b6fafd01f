import { spawn } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import type { CliIo } from './io.ts';

const NAME = /^[a-z][a-z0-9-]{0,63}$/;

/** findExternal looks for `spt-flow-<name>` on PATH: that is how people add verbs of their own. */
export async function findExternal(
  name: string,
  io: Pick<CliIo, 'env'>,
): Promise<string | undefined> {
  if (!NAME.test(name)) return undefined;
  const endings = process.platform === 'win32' ? ['.exe'] : [''];
  for (const folder of (io.env['PATH'] ?? '').split(path.delimiter)) {
    if (!path.isAbsolute(folder)) continue;
    for (const ending of endings) {
      const file = path.join(folder, `spt-flow-${name}${ending}`);
      if (await isExecutable(file)) return file;
    }
  }
  return undefined;
}

/** runExternal hands the terminal over and resolves with the exit code. */
export function runExternal(
  file: string,
  args: readonly string[],
  io: Pick<CliIo, 'env'>,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: 'inherit', env: { ...io.env } });
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)));
  });
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return true;
  } catch {
    // Not there, or not to be run: both mean that it is no command.
    return false;
  }
}
