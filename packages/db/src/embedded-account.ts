import { readFile } from 'node:fs/promises';
import { EmbeddedDatabaseError } from './embedded-error.ts';

/** The account the server runs as; undefined: the one of this process. */
export type DatabaseAccount =
  { readonly uid: number; readonly gid: number; readonly name: string } | undefined;

/** databaseAccount picks an unprivileged account when this process is root, because PostgreSQL refuses to run as root. */
export async function databaseAccount(): Promise<DatabaseAccount> {
  if (process.getuid?.() !== 0) return undefined;
  const passwd = await readFile('/etc/passwd', 'utf8');
  for (const wanted of ['postgres', 'nobody']) {
    const fields = passwd
      .split('\n')
      .find((line) => line.startsWith(`${wanted}:`))
      ?.split(':');
    if (fields) return { uid: Number(fields[2]), gid: Number(fields[3]), name: wanted };
  }
  throw new EmbeddedDatabaseError(
    'failed',
    'The database may not run as root and there is no account "postgres" or "nobody": start spt-flow as another user',
  );
}

export function asAccount(account: DatabaseAccount): { uid?: number; gid?: number } {
  return account ? { uid: account.uid, gid: account.gid } : {};
}
