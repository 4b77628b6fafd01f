import { Transform, type TransformCallback } from 'node:stream';

const EVENT_END = /\r?\n\r?\n/g;
/** What is longer without an end is no stream of events. */
const MAX_WAITING_BYTES = 1024 * 1024;
const WITHOUT_CHOICE = /"choices"\s*:\s*\[\s*\]/;
const WITH_USAGE = /"usage"\s*:\s*\{/;

/**
 * UsageChunkFilter takes the chunk with the usage out again, for which only we have asked: it has no choice, and tools
 * that did not ask for it expect one in every chunk. All else leaves as it came, by whole events.
 */
export class UsageChunkFilter extends Transform {
  #rest = Buffer.alloc(0);

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    const all = Buffer.concat([this.#rest, chunk]);
    const text = all.toString('latin1');
    const kept: Buffer[] = [];
    let from = 0;
    for (const { index, 0: end } of text.matchAll(EVENT_END)) {
      const to = index + end.length;
      if (!isUsageOnly(text.slice(from, to))) kept.push(all.subarray(from, to));
      from = to;
    }
    this.#rest = all.subarray(from);
    if (this.#rest.length > MAX_WAITING_BYTES) kept.push(this.#takeRest());
    done(null, Buffer.concat(kept));
  }

  override _flush(done: TransformCallback): void {
    done(null, this.#takeRest());
  }

  #takeRest(): Buffer {
    const rest = this.#rest;
    this.#rest = Buffer.alloc(0);
    return rest;
  }
}

function isUsageOnly(event: string): boolean {
  return WITHOUT_CHOICE.test(event) && WITH_USAGE.test(event);
}
