import { reasonOf } from './abort.ts';

/** Gate lets a limited number through at once; the others wait in order. */
export interface Gate {
  /** Resolves with what gives the place back. */
  enter(signal: AbortSignal): Promise<() => void>;
}

export function createGate(limit: number): Gate {
  const waiting: (() => void)[] = [];
  let inside = 0;

  /** A place that somebody waits for is handed over: nobody who comes later may slip in between. */
  function leave(): void {
    const next = waiting.shift();
    if (next) next();
    else inside -= 1;
  }

  return {
    async enter(signal) {
      signal.throwIfAborted();
      if (inside < limit) inside += 1;
      else await waitForPlace(waiting, signal);
      if (signal.aborted) leave();
      signal.throwIfAborted();
      let left = false;
      return () => {
        if (!left) leave();
        left = true;
      };
    },
  };
}

function waitForPlace(waiting: (() => void)[], signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      waiting.splice(waiting.indexOf(proceed), 1);
      reject(reasonOf(signal));
    };
    const proceed = () => {
      signal.removeEventListener('abort', abort);
      resolve();
    };
    signal.addEventListener('abort', abort, { once: true });
    waiting.push(proceed);
  });
}
