import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CliError, EXIT } from '../core/errors.ts';
import type { CliIo } from '../core/io.ts';
import { isMissing } from '../core/preferences.ts';
import { configText, usersIn, withUser, type SshUsers } from './config-text.ts';
import { withInclude, withoutInclude } from './include-line.ts';
import { knownHosts } from './ssh-options.ts';
import { sshPaths } from './ssh-paths.ts';

const OWN_MODE = 0o600;
const ANY_WRITE = 0o222;

export interface SshSetup {
  readonly hostAuthority: string;
  readonly users: SshUsers;
  readonly server: string;
}

/** writeSshConfig makes workspaces hosts of ssh; what people have in their configuration stays as it is. */
export async function writeSshConfig(io: CliIo, setup: SshSetup): Promise<void> {
  const paths = sshPaths(io);
  await mkdir(paths.own, { recursive: true, mode: 0o700 });
  await replaceFile(paths.knownHosts, knownHosts(setup.hostAuthority));
  const options = {
    ...{ server: setup.server, program: io.program.command, agentSocket: paths.agentSocket },
    ...{ knownHosts: paths.knownHosts, platform: process.platform },
  };
  await replaceFile(paths.config, configText(setup.users, options));
  await edit(paths.userConfig, withInclude, 'Include spt-flow/config');
}

/** removeSshConfig takes away what `writeSshConfig` made, and nothing else. */
export async function removeSshConfig(io: CliIo): Promise<void> {
  const paths = sshPaths(io);
  await edit(paths.userConfig, withoutInclude);
  await rm(paths.own, { recursive: true, force: true });
}

/** knownUsers are the accounts that the configuration names; none without one. */
export async function knownUsers(io: Pick<CliIo, 'home'>): Promise<SshUsers> {
  return usersIn((await readIfThere(sshPaths(io).config)) ?? '');
}

/** rememberUser tells ssh the account of a host; false where ssh was never set up. */
export async function rememberUser(
  io: Pick<CliIo, 'home'>,
  { host, user }: { host: string; user: string },
): Promise<boolean> {
  const { config } = sshPaths(io);
  const text = await readIfThere(config);
  if (text === undefined) return false;
  await replaceFile(config, withUser(text, host, user));
  return true;
}

/** A link is followed: who keeps the file elsewhere wants it changed there. */
async function edit(file: string, change: (text: string) => string, line?: string): Promise<void> {
  const target = await realpath(file).catch(() => file);
  const before = await readIfThere(target);
  const after = change(before ?? '');
  if (after === (before ?? '')) return;
  try {
    await replaceFile(target, after);
  } catch (cause) {
    const by =
      line === undefined
        ? 'Take our line out of it by hand'
        : `Put this line at its top by hand: ${line}`;
    throw new CliError({
      what: `${file} cannot be changed`,
      safe: 'It is as it was',
      details: [by],
      command: 'spt-flow config-ssh',
      exitCode: EXIT.failure,
      cause,
    });
  }
}

/** In one step, with the permissions that the file had; nothing happens where it is the same. */
async function replaceFile(file: string, text: string): Promise<void> {
  const mode = await modeOf(file);
  if (mode !== undefined && (await readFile(file, 'utf8')) === text) return;
  if (mode !== undefined && (mode & ANY_WRITE) === 0) throw new Error('It is read-only');
  const temporary = path.join(path.dirname(file), `.spt-flow-${randomBytes(6).toString('hex')}`);
  try {
    await writeFile(temporary, text, { mode: OWN_MODE, flag: 'wx' });
    if (mode !== undefined) await chmod(temporary, mode & 0o777);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function modeOf(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).mode;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
