import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for something that is bound to happen; the test's own time limit ends a vain wait. */
export async function waitUntil(isDone: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isDone())) await sleep(20);
}
