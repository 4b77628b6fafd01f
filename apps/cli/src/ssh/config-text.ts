import { SSH_HOST_SUFFIX } from '@spt-flow/shared/api/ssh';
import { sshOptions, type SshOptions } from './ssh-options.ts';

/** The account of local workspaces, for those that ssh was not told about. */
const USUAL_USER = 'dev';
const USER = /^[\w.][\w.-]{0,63}\$?$/;
const ENTRY = new RegExp(`^Host (\\S+\\${SSH_HOST_SUFFIX})\\n {2}User (\\S+)$`, 'gm');

/** Accounts by host. */
export type SshUsers = Readonly<Record<string, string>>;

/** configText is the whole file of ours. ssh takes the first value that it finds, so that single hosts come first. */
export function configText(users: SshUsers, options: SshOptions): string {
  const entries = Object.entries(users)
    .filter(([, user]) => USER.test(user))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([host, user]) => `Host ${host}\n  User ${user}\n`);
  const common = [['User', USUAL_USER], ...sshOptions(options)];
  return [
    '# Written by `spt-flow config-ssh`, which writes it anew; `spt-flow config-ssh --remove` takes it away.\n',
    ...entries,
    `Host *${SSH_HOST_SUFFIX}\n${common.map(([name, value]) => `  ${name} ${value}\n`).join('')}`,
  ].join('\n');
}

/** usersIn reads the accounts back that a file names. */
export function usersIn(text: string): SshUsers {
  const users: Record<string, string> = {};
  for (const [, host, user] of text.matchAll(ENTRY))
    if (host !== undefined && user !== undefined) users[host] = user;
  return users;
}

/** withUser changes or adds the account of one host. */
export function withUser(text: string, host: string, user: string): string {
  const known = usersIn(text);
  if (known[host] === user || !USER.test(user)) return text;
  const entry = `Host ${host}\n  User ${user}\n`;
  if (known[host] === undefined) return text.replace('\nHost ', `\n${entry}\nHost `);
  return text.replace(`Host ${host}\n  User ${known[host]}\n`, entry);
}
