import { tryProgram } from '../system/run-program.ts';
import type { Account } from './account-record.ts';

const ATTRIBUTES = ['UniqueID', 'PrimaryGroupID', 'NFSHomeDirectory', 'UserShell'];

export async function findDarwinAccount(name: string): Promise<Account | undefined> {
  // A name is a part of a path there.
  if (name.includes('/')) return undefined;
  const record = `/Users/${name}`;
  const output = await tryProgram('/usr/bin/dscl', ['/Search', '-read', record, ...ATTRIBUTES]);
  return output === undefined ? undefined : parseRecord(name, output);
}

/** parseRecord reads lines like `UniqueID: 501`; a value with spaces has a line of its own, after the name's. */
export function parseRecord(name: string, text: string): Account | undefined {
  const [uid, gid, home, shell] = ATTRIBUTES.map((attribute) =>
    new RegExp(`^${attribute}:\\s+(.+)$`, 'm').exec(text)?.[1]?.trim(),
  );
  if (uid === undefined || gid === undefined || home === undefined) return undefined;
  const ids = { uid: Number(uid), gid: Number(gid) };
  return { name, ...ids, home, shell: shell ?? '/bin/zsh', hasOwnGroup: false };
}
