import { setTimeout as delay } from 'node:timers/promises';

const PAUSE_MS = 100;
/** Only so that a test that waits for something that never comes ends with a name. */
const PATIENCE_MS = 90_000;

/** until asks again and again, and returns the first answer that is neither false nor undefined. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | false | undefined>,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > giveUpAt) throw new Error(`Waited in vain: ${what}`);
    await delay(PAUSE_MS);
  }
}
