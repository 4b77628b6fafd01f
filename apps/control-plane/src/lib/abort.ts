/** reasonOf returns why a signal was aborted, as an error. */
export function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason));
}

/** unlessAborted follows the work until the signal says stop; the work itself may go on. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(reasonOf(signal));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** within gives the work so long; it may go on unheard. */
export function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  return unlessAborted(work, AbortSignal.timeout(limitMs));
}
