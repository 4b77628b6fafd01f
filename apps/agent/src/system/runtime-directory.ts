import { createHash } from 'node:crypto';
import { lstat, mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '../runtime/spawn-group.ts';
import { systemCode } from './errors.ts';

/**
 * openRuntimeDirectory is where an agent listens for its own children: no copy of its state has it, paths of sockets
 * may be short only, and terminals that outlive the agent are found by the next one at the same place.
 */
export async function openRuntimeDirectory(
  stateDirectory: string,
  environment: Environment,
): Promise<string> {
  const own = process.getuid?.() ?? 0;
  const name = createHash('sha256').update(stateDirectory).digest('hex').slice(0, 16);
  const path = join(environment['XDG_RUNTIME_DIR'] ?? tmpdir(), `spt-flow-${own}-${name}`);
  try {
    await mkdir(path, { mode: 0o700 });
    return path;
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
  }
  // Anybody may have made it, there where everybody may write.
  const found = await lstat(path);
  if (!found.isDirectory() || found.uid !== own || (found.mode & 0o077) !== 0)
    throw new Error(`${path} is not this agent's own`);
  return path;
}

/** Makes room for a socket, where one that was killed may have left its own. */
export async function removeStaleSocket(path: string): Promise<void> {
  await rm(path, { force: true });
}

export async function removeRuntimeDirectory(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
}
