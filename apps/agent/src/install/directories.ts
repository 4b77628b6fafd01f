import { chown, lstat, mkdir, mkdtemp, readdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FailureError } from '../console/command.ts';
import { ignoring } from '../system/errors.ts';
import { platform } from '../system/platform/platform.ts';
import { runProgram } from '../system/run-program.ts';
import type { Account } from './account-record.ts';
import { findAccount } from './account.ts';
import { LAYOUT } from './layout.ts';

/** Fails where the agent could not work with files that are there already. */
export async function checkProject(directory: string, userName: string): Promise<void> {
  const found = await ignoring(['ENOENT'], () => lstat(directory));
  if (!found) return;
  if (!found.isDirectory()) throw new FailureError(`'${directory}' is not a folder`);
  const account = await findAccount(userName);
  if (account && found.uid === account.uid) return;
  throw new FailureError(
    `'${directory}' does not belong to '${userName}': name its owner with --user, or another folder with --project-dir`,
  );
}

/** Where a new identity is made: beside its place, and for root alone until it has joined. */
export function makeFolderBeside(path: string): Promise<string> {
  return mkdtemp(`${path}-`);
}

/** Makes what is missing. INVARIANT: root makes nothing in a folder that somebody else may turn into a link. */
export async function makeDirectories(account: Account, project: string): Promise<void> {
  await mkdir(LAYOUT.data, { recursive: true, mode: 0o755 });
  await handOver(LAYOUT.state, account);
  if (LAYOUT.run !== undefined) await handOver(LAYOUT.run, account);
  if (account.home === LAYOUT.home) await handOver(LAYOUT.home, account);
  if (await ignoring(['ENOENT'], () => lstat(project))) return;
  const above = await ignoring(['ENOENT'], () => lstat(dirname(project)));
  if (!above?.isDirectory()) throw new FailureError(`There is no folder '${dirname(project)}'`);
  if (above.uid === 0) return handOver(project, account);
  const asThem = platform.name === 'darwin' ? 'sudo' : 'runuser';
  await runProgram(asThem, ['-u', account.name, '--', 'mkdir', '-m', '0700', '--', project]);
}

async function handOver(path: string, { uid, gid }: Account): Promise<void> {
  await ignoring(['EEXIST'], async () => {
    await mkdir(path, { mode: 0o700 });
    await chown(path, uid, gid);
  });
}

/** Puts a joined identity in the place of the one before, which is forgotten. The agent must not run. */
export async function placeState(candidate: string, { uid, gid }: Account): Promise<void> {
  for (const entry of await readdir(candidate)) await chown(join(candidate, entry), uid, gid);
  await removeTree(LAYOUT.state);
  await chown(candidate, uid, gid);
  await rename(candidate, LAYOUT.state);
}

/** What may change underneath is removed by a program that follows no link on its way. */
export async function removeTree(path: string): Promise<void> {
  const options = platform.name === 'darwin' ? ['-rfx'] : ['-rf', '--one-file-system'];
  await runProgram('rm', [...options, '--', path]);
}
