import { setTimeout as sleep } from 'node:timers/promises';
import { isPassing } from './storage-problem.ts';

const MAX_FAILURES = 6;
const FIRST_DELAY_MS = 200;

/** Opens what there is from this byte on. */
export type OpenFrom = (byte: number) => Promise<AsyncIterable<Uint8Array>>;

/** resumedStream reads all `sizeBytes`, and goes on where it was when the connection is cut in between. */
export async function* resumedStream(
  first: AsyncIterable<Uint8Array>,
  { sizeBytes, open }: { sizeBytes: number; open: OpenFrom },
): AsyncGenerator<Uint8Array> {
  let at = 0;
  let failures = 0;
  let body: AsyncIterable<Uint8Array> | undefined = first;
  while (at < sizeBytes) {
    try {
      body ??= await open(at);
      for await (const chunk of body) {
        at += chunk.length;
        failures = 0;
        yield chunk;
      }
      if (at < sizeBytes) throw new CutOffError();
    } catch (error) {
      failures += 1;
      // With all of it here, it is what came that is wrong.
      const isOver = at >= sizeBytes || failures >= MAX_FAILURES;
      if (isOver || !isPassing(error)) throw error;
      await sleep(FIRST_DELAY_MS * 2 ** failures * Math.random());
    }
    body = undefined;
  }
}

class CutOffError extends Error {
  readonly code = 'ECONNRESET';
  constructor() {
    super('The connection ended before everything had come');
  }
}
