import { setTimeout as delay } from 'node:timers/promises';
import { unlessAborted } from '../../../../lib/abort.ts';
import type { Engine } from './engine.ts';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;

/** createEngineReturn returns a wait for an engine that does not answer; it is asked once for all who wait. */
export function createEngineReturn({ api }: Pick<Engine, 'api'>) {
  const waiting = new Set<() => void>();
  let isAsking = false;

  async function ask(): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS;
    while (waiting.size > 0) {
      await delay(pauseMs, undefined, { ref: false });
      pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
      const answers = await api.ping().then(
        () => true,
        () => false,
      );
      if (!answers) continue;
      for (const resolve of waiting) resolve();
      waiting.clear();
    }
  }

  return async (signal: AbortSignal): Promise<void> => {
    let stop = () => {};
    const returned = new Promise<void>((resolve) => {
      waiting.add(resolve);
      stop = () => waiting.delete(resolve);
    });
    if (!isAsking) {
      isAsking = true;
      void ask().finally(() => (isAsking = false));
    }
    await unlessAborted(returned, signal).finally(stop);
  };
}
