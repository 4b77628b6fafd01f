import { setTimeout as delay } from 'node:timers/promises';
import { UnansweredError } from './api-error.ts';
import type { ClusterClient } from './cluster-client.ts';

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;

/** createApiReturn returns a wait for an API server that does not answer. */
export function createApiReturn(client: ClusterClient) {
  return async (signal: AbortSignal): Promise<void> => {
    let pauseMs = FIRST_PAUSE_MS;
    for (;;) {
      await delay(pauseMs, undefined, { signal, ref: false });
      pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
      if (await answers(client)) return;
    }
  };
}

/** Also with a refusal. */
async function answers(client: ClusterClient): Promise<boolean> {
  try {
    await client.ask({ path: '/version' });
    return true;
  } catch (error) {
    return !(error instanceof UnansweredError);
  }
}
