import { FailureError } from '../console/command.ts';
import { runProgram, tryProgram } from '../system/run-program.ts';
import { LAYOUT } from './layout.ts';

/** Account is whom the agent runs as, and everything that is run through it. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

export const OWN_ACCOUNT = 'spt-flow';

export async function findAccount(name: string): Promise<Account | undefined> {
  const entry = await tryProgram('getent', ['passwd', name]);
  const [found, , uid, gid, , home] = entry?.trim().split(':') ?? [];
  if (found === undefined || home === undefined) return undefined;
  return { name: found, uid: Number(uid), gid: Number(gid), home };
}

/** Root would have every process of every terminal be root. */
export async function assertUsable(name: string): Promise<void> {
  const account = await findAccount(name);
  if (!account) throw new FailureError(`There is no user '${name}' on this machine`);
  if (account.uid === 0)
    throw new FailureError('The agent does not run as root: choose another user');
}

/** An account that has no password and belongs to nobody else; made when it is not there. */
export async function ensureOwnAccount(): Promise<{ account: Account; isNew: boolean }> {
  const found = await findAccount(OWN_ACCOUNT);
  if (found) return { account: found, isNew: false };
  await runProgram('useradd', [
    ...['--system', '--user-group', '--no-create-home'],
    ...['--home-dir', LAYOUT.home, '--shell', '/bin/bash', '--comment', 'spt-flow agent'],
    OWN_ACCOUNT,
  ]);
  const account = await findAccount(OWN_ACCOUNT);
  if (!account) throw new FailureError(`useradd has not made '${OWN_ACCOUNT}'`);
  return { account, isNew: true };
}

export async function removeOwnAccount(): Promise<void> {
  if (await findAccount(OWN_ACCOUNT)) await runProgram('userdel', [OWN_ACCOUNT]);
}
