import { Transform, type TransformCallback } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { ModelApi } from '@spt-flow/shared/agent-protocol/models';
import { countClaude } from './claude-count.ts';
import { countOpenAi } from './openai-count.ts';
import { newTokenCount, type TokenCount } from './token-count.ts';

/** A longer event is passed on, but not read. */
const MAX_READ_CHARACTERS = 16 * 1024 * 1024;

const COUNTERS: Readonly<Record<ModelApi, (count: TokenCount, json: unknown) => void>> = {
  anthropic: countClaude,
  openai: countOpenAi,
};

/** Meter passes an answer on byte by byte and reads on the way what it uses. */
export class Meter extends Transform {
  readonly count = newTokenCount();
  readonly #read: (json: unknown) => void;
  readonly #isStream: boolean;
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';

  constructor(api: ModelApi, contentType: string | undefined) {
    super();
    this.#read = (json) => COUNTERS[api](this.count, json);
    this.#isStream = contentType?.startsWith('text/event-stream') ?? false;
  }

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    this.#take(this.#decoder.write(chunk));
    done(null, chunk);
  }

  override _flush(done: TransformCallback): void {
    this.#readText(this.#isStream ? dataOf(this.#rest) : this.#rest);
    done();
  }

  #take(text: string): void {
    this.#rest += text;
    if (this.#isStream) {
      const lines = this.#rest.split('\n');
      this.#rest = lines.pop() ?? '';
      for (const line of lines) this.#readText(dataOf(line));
    }
    if (this.#rest.length > MAX_READ_CHARACTERS) this.#rest = '';
  }

  #readText(text: string): void {
    if (!text.startsWith('{')) return;
    try {
      this.#read(JSON.parse(text));
    } catch {
      // Not for us to judge: the tool gets it as it is.
    }
  }
}

function dataOf(line: string): string {
  return line.startsWith('data:') ? line.slice('data:'.length).trim() : '';
}
