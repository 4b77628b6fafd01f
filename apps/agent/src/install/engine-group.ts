import { stat } from 'node:fs/promises';
import { FailureError } from '../console/command.ts';
import { ignoring } from '../system/errors.ts';
import { findAccount } from './account.ts';

/** checkEngine fails before anything is changed where the agent would not reach the engine. */
export async function checkEngine(socket: string, userName: string): Promise<void> {
  const found = await ignoring(['ENOENT'], () => stat(socket));
  if (!found?.isSocket()) throw new FailureError(`There is no container engine at '${socket}'`);
  const account = await findAccount(userName);
  if (found.uid === account?.uid || found.gid !== 0) return;
  throw new FailureError(
    `Only root reaches '${socket}': give it a group of its own, which '${userName}' joins then`,
  );
}

/** engineGroup is whose member reaches the engine; undefined: the account does by itself, or there is no engine now. */
export async function engineGroup(socket: string, uid: number): Promise<number | undefined> {
  const found = await ignoring(['ENOENT'], () => stat(socket));
  return !found || found.uid === uid || found.gid === 0 ? undefined : found.gid;
}
