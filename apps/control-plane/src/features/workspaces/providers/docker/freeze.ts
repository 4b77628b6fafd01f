import { setTimeout as delay } from 'node:timers/promises';
import { wordsOf } from './engine.ts';

const ATTEMPTS = 5;
const PAUSE_MS = 200;

/** freeze pauses a container. The kernel gives up on one whose processes are busy in it at that moment, so it is asked again. */
export async function freeze(container: { pause(): Promise<unknown> }): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await container.pause();
      return;
    } catch (error) {
      if (attempt === ATTEMPTS || !/unable to freeze/.test(wordsOf(error))) throw error;
      await delay(PAUSE_MS);
    }
  }
}
