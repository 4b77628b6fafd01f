import type { Readable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const MIB = 1024 * 1024;
const BYTES_BETWEEN = 8 * MIB;
/** Of the time at most: where much is alive a collection takes longer than the millisecond it should. */
const MAX_SHARE = 0.1;

interface CollectorDeps {
  /** Collects what lived for a short time only. */
  readonly collect: () => void;
  readonly nowMs: () => number;
}

/** createCollector returns what is told of bytes that were read, and collects now and then. */
export function createCollector({ collect, nowMs }: CollectorDeps): (bytes: number) => void {
  let readBytes = 0;
  let notBeforeMs = 0;

  return (bytes) => {
    readBytes += bytes;
    if (readBytes < BYTES_BETWEEN) return;
    const startedMs = nowMs();
    if (startedMs < notBeforeMs) return;
    readBytes = 0;
    collect();
    const endedMs = nowMs();
    notBeforeMs = endedMs + (endedMs - startedMs) / MAX_SHARE;
  };
}

let collection: (() => void) | undefined;

/**
 * bytesRead counts the bytes of chunks that Node.js allocated for what it read. They are garbage soon, but V8 sees only
 * the small objects that hold them, and lets them pile up until it collects everything: most of a tunnel's cost (ADR-117).
 * To be called before a chunk is used: what is alive then is copied.
 */
export const bytesRead = createCollector({
  collect: () => (collection ??= findCollection())(),
  nowMs: () => performance.now(),
});

/** countReads counts what is read of a source from now on; its reader must come in this turn. */
export function countReads(source: Readable): void {
  source.on('data', (chunk: Buffer) => bytesRead(chunk.length));
}

export function findCollection(): () => void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('globalThis.gc');
  if (typeof collect !== 'function') return () => undefined;
  return () => void Reflect.apply(collect, undefined, [{ type: 'minor' }]);
}
