import type { Clock } from '../../lib/clock.ts';

const WINDOW_MS = 60_000;
/** More than a keep-alive each half minute. */
const TYPED_BYTES = 256;
/** More than an editor tells its server while nobody uses it. */
const WORKED_BYTES = 8 * 1024;

/**
 * createUseMeter turns bytes that a client sends into reports of use. They are encrypted, so that only their amount
 * tells a person from a program that keeps its connection: it is counted by the minute.
 */
export function createUseMeter(options: {
  readonly interactive: boolean;
  readonly clock: Pick<Clock, 'now'>;
  readonly onUse: () => void;
}): (byteCount: number) => void {
  const enough = options.interactive ? TYPED_BYTES : WORKED_BYTES;
  let windowStartMs = -Infinity;
  let bytes = 0;
  return (byteCount) => {
    const nowMs = options.clock.now().getTime();
    if (nowMs - windowStartMs >= WINDOW_MS) {
      windowStartMs = nowMs;
      bytes = 0;
    }
    bytes += byteCount;
    if (bytes >= enough) options.onUse();
  };
}
