import { FailureError } from '../console/command.ts';
import { runProgram, tryProgram } from '../system/run-program.ts';
import type { Account } from './account-record.ts';
import { LAYOUT } from './layout.ts';

export const OWN_ACCOUNT = 'spt-flow';

export async function findLinuxAccount(name: string): Promise<Account | undefined> {
  const entry = await tryProgram('getent', ['passwd', name]);
  const [found, , uid, gid, , home, shell] = entry?.trim().split(':') ?? [];
  if (found === undefined || home === undefined) return undefined;
  const ids = { uid: Number(uid), gid: Number(gid) };
  return { name: found, ...ids, home, shell: shell || '/bin/sh', hasOwnGroup: true };
}

/** An account that has no password and belongs to nobody else; made when it is not there. */
export async function ensureOwnAccount(): Promise<{ account: Account; isNew: boolean }> {
  const found = await findLinuxAccount(OWN_ACCOUNT);
  if (found) return { account: found, isNew: false };
  await runProgram('useradd', [
    ...['--system', '--user-group', '--no-create-home'],
    ...['--home-dir', LAYOUT.home, '--shell', '/bin/bash', '--comment', 'spt-flow agent'],
    OWN_ACCOUNT,
  ]);
  const account = await findLinuxAccount(OWN_ACCOUNT);
  if (!account) throw new FailureError(`useradd has not made '${OWN_ACCOUNT}'`);
  return { account, isNew: true };
}

export async function removeOwnAccount(): Promise<void> {
  if (await findLinuxAccount(OWN_ACCOUNT)) await runProgram('userdel', [OWN_ACCOUNT]);
}
