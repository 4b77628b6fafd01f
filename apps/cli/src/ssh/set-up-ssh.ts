import { ApiError } from '@spt-flow/shared/api/client';
import type { Client } from '../api/client.ts';
import type { Context } from '../context.ts';
import { knownUsers, writeSshConfig } from './config-files.ts';
import type { SshUsers } from './config-text.ts';
import { hostNameOf } from './host-name.ts';

/** Questions at once. */
const BATCH = 8;

/** setUpSsh makes all workspaces hosts of ssh, and returns their names. */
export async function setUpSsh(context: Context, client: Client): Promise<string[]> {
  const [{ hostAuthority }, workspaces, known] = await Promise.all([
    client.getSshAuthority(),
    client.listWorkspaces(),
    knownUsers(context.io),
  ]);
  const users: Record<string, string> = {};
  const hosts: string[] = [];
  for (let start = 0; start < workspaces.length; start += BATCH) {
    const batch = workspaces.slice(start, start + BATCH).map(async ({ name, actualState }) => {
      const host = hostNameOf(name);
      hosts.push(host);
      // Of one that does not run only its own agent could tell.
      const user = actualState === 'running' ? await userOf(client, name) : undefined;
      const remembered = user ?? known[host];
      if (remembered !== undefined) users[host] = remembered;
    });
    await Promise.all(batch);
  }
  await writeSshConfig(context.io, { hostAuthority, users, server: await context.server() });
  return hosts.toSorted();
}

/** addSshHost makes one workspace a host of ssh, and leaves the others as they are. */
export async function addSshHost(
  context: Context,
  host: { name: string; user: string; hostAuthority: string },
): Promise<string> {
  const hostName = hostNameOf(host.name);
  const users: SshUsers = { ...(await knownUsers(context.io)), [hostName]: host.user };
  const { hostAuthority } = host;
  await writeSshConfig(context.io, { hostAuthority, users, server: await context.server() });
  return hostName;
}

/** Undefined when it can't be told now, e.g. without sshd: ssh says why when somebody wants it. */
async function userOf(client: Client, handle: string): Promise<string | undefined> {
  try {
    return (await client.getSshLogin(handle)).user;
  } catch (error) {
    if (error instanceof ApiError && error.status !== 0 && error.status !== 401) return undefined;
    throw error;
  }
}
