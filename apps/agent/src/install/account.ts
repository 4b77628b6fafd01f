import { FailureError, UsageError } from '../console/command.ts';
import { platform } from '../system/platform/platform.ts';
import type { Account } from './account-record.ts';
import { findDarwinAccount } from './darwin-account.ts';
import { ensureOwnAccount, findLinuxAccount, OWN_ACCOUNT } from './linux-account.ts';

export const findAccount = platform.name === 'darwin' ? findDarwinAccount : findLinuxAccount;

/** On Linux an account of the agent's own; macOS has none for services, and there it is whoever called sudo. */
export function usualUser(environment: Readonly<Record<string, string | undefined>>): string {
  if (platform.name === 'linux') return OWN_ACCOUNT;
  const { SUDO_USER } = environment;
  if (SUDO_USER !== undefined && SUDO_USER !== 'root') return SUDO_USER;
  throw new UsageError('Say with --user who works on this machine: everything runs as them');
}

/** Root would have every process of every terminal be root. */
export async function assertUsable(name: string): Promise<Account> {
  const account = await findAccount(name);
  if (!account) throw new FailureError(`There is no user '${name}' on this machine`);
  if (account.uid === 0)
    throw new FailureError('The agent does not run as root: choose another user');
  return account;
}

/** Made when it is the agent's own and not there. */
export async function ensureAccount(name: string): Promise<{ account: Account; isNew: boolean }> {
  if (platform.name === 'linux' && name === OWN_ACCOUNT) return ensureOwnAccount();
  return { account: await assertUsable(name), isNew: false };
}
