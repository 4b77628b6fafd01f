import type { ModelEvent } from '../providers/model-provider.ts';

const SILENT: ModelEvent = {
  type: 'failed',
  kind: 'timeout',
  retryable: true,
  retryAfterMs: null,
  requestId: null,
};

/** watchSilence passes events on; after too long a silence it aborts the source and ends with a `timeout`. */
export async function* watchSilence(
  events: AsyncIterable<ModelEvent>,
  idleTimeoutMs: number,
  abort: AbortController,
): AsyncIterable<ModelEvent> {
  const iterator = events[Symbol.asyncIterator]();
  let timer: NodeJS.Timeout | undefined;
  try {
    for (;;) {
      const silence = new Promise<null>((resolve) => {
        timer = setTimeout(() => resolve(null), idleTimeoutMs);
      });
      const next = await Promise.race([iterator.next(), silence]);
      clearTimeout(timer);
      if (next === null) {
        abort.abort();
        yield SILENT;
        return;
      }
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    clearTimeout(timer);
    abort.abort();
    // Not awaited: a source that ignores its signal must not hold the turn.
    void iterator.return?.().catch(() => {});
  }
}
