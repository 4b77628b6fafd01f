import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '@spt-flow/shared/domain/errors';
import { hasStatus, wordsOf } from '../engine/engine.ts';

const ATTEMPTS = 5;
const PAUSE_MS = 200;

/**
 * freeze pauses a container; false: it does not run any more. The kernel gives up on one whose processes are busy in it
 * at that moment, so it is asked again.
 */
export async function freeze(container: { pause(): Promise<unknown> }): Promise<boolean> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await container.pause();
      return true;
    } catch (error) {
      if (hasStatus(error, 409)) return false;
      if (attempt === ATTEMPTS || !/unable to freeze/.test(wordsOf(error))) throw refusal(error);
      await delay(PAUSE_MS);
    }
  }
}

/** Without control groups of its own a rootless engine can pause nothing. */
function refusal(error: unknown): unknown {
  if (!hasStatus(error, 500)) return error;
  return new AppError(
    'backup_failed',
    `The engine can't pause the workspace while its files are copied (${wordsOf(error)}). Stop it, and copy it then`,
    { cause: error },
  );
}
