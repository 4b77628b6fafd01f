import { setTimeout as delay } from 'node:timers/promises';
import { hasStatus, wordsOf } from './engine.ts';

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
      if (attempt === ATTEMPTS || !/unable to freeze/.test(wordsOf(error))) throw error;
      await delay(PAUSE_MS);
    }
  }
}
