import { createHash } from 'node:crypto';
import { chmod, chown, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { DatabaseAccount } from './embedded-account.ts';

/** sun_path holds 108 bytes with the closing zero. */
const SOCKET_PATH_MAX_BYTES = 107;
const SOCKET_NAME = '/.s.PGSQL.5432.lock';

/** chooseSocketDirectory makes a directory that only the server's account may enter: it is the database's access control. */
export async function chooseSocketDirectory(
  directory: string,
  account: DatabaseAccount,
): Promise<string> {
  const chosen = embeddedSocketDirectory(directory);
  await mkdir(chosen, { recursive: true, mode: 0o700 });
  if (account) await chown(chosen, account.uid, account.gid);
  await chmod(chosen, 0o700);
  return chosen;
}

/** embeddedSocketDirectory is where the server of a directory is reached, if it runs. */
export function embeddedSocketDirectory(directory: string): string {
  const beside = path.join(directory, 'run');
  const fits = Buffer.byteLength(beside + SOCKET_NAME) <= SOCKET_PATH_MAX_BYTES;
  return fits ? beside : path.join(tmpdir(), `spt-flow-${fingerprint(directory)}`);
}

function fingerprint(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
