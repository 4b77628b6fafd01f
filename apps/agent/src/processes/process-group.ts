import { setTimeout as sleep } from 'node:timers/promises';
import { systemCode } from '../system/errors.ts';

const POLL_MS = 10;

/** Sends a signal to every process of the group; false when the group is gone. */
export function signalGroup(groupId: number, signal: NodeJS.Signals | 0): boolean {
  return signalUnlessGone(-groupId, signal);
}

/** False when there is no such process, or group for a negative number. */
export function signalUnlessGone(target: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(target, signal);
    return true;
  } catch (error) {
    if (systemCode(error) === 'ESRCH') return false;
    throw error;
  }
}

/** Asks the group to end, and ends it by force after the grace; resolves once `gone` did. */
export async function stopGroup(groupId: number, graceMs: number): Promise<void> {
  if (!signalGroup(groupId, 'SIGTERM')) return;
  for (let waitedMs = 0; waitedMs < graceMs; waitedMs += POLL_MS) {
    await sleep(POLL_MS);
    if (!signalGroup(groupId, 0)) return;
  }
  signalGroup(groupId, 'SIGKILL');
}
