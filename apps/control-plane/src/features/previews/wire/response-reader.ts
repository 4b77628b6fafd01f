import { GrowingBuffer } from '../../../lib/growing-buffer.ts';
import { ChunkedBody } from './chunked-body.ts';
import { AnswerError, parseResponseHead, type ResponseHead } from './response-head.ts';

const HEAD_END = Buffer.from('\r\n\r\n');
const NOTHING: Buffer = Buffer.alloc(0);
const MAX_HEAD_BYTES = 64 * 1024;
const SWITCHING_PROTOCOLS = 101;
/** Before one answer; they are read and dropped, which an app must not keep us busy with. */
const MAX_HINTS = 32;

/** What the reader of an answer is told, in this order. */
export interface AnswerHandler {
  onHead(head: ResponseHead): void;
  onData(data: Buffer): void;
  /** `last`: the rest of the body, when the end was known together with it. */
  onEnd(last?: Buffer): void;
}

/**
 * ResponseReader reads the answers of one connection to an app, one after the other.
 * INVARIANTS: `idle` before the handler hears of the end, because it may ask the next thing at once; whoever sent more
 * than an answer is never asked again.
 */
export class ResponseReader {
  #state: 'idle' | 'head' | 'body' | 'switched' = 'idle';
  #handler: AnswerHandler | undefined;
  #isHead = false;
  #isSpoiled = false;
  readonly #waiting = new GrowingBuffer();
  #left = 0;
  #hints = 0;
  #chunked: ChunkedBody | undefined;

  /** True when the connection can carry another request. */
  get isReusable(): boolean {
    return this.#state === 'idle' && !this.#isSpoiled;
  }

  /** The answer to a request that is sent now. `isHead`: it has no body, whatever its head says. */
  expect(handler: AnswerHandler, isHead: boolean): void {
    this.#handler = handler;
    this.#isHead = isHead;
    this.#hints = 0;
    this.#state = 'head';
  }

  /** Throws AnswerError for what is no answer. Returns the bytes after the head when the app switched protocols. */
  feed(bytes: Buffer): Buffer | undefined {
    let rest: Buffer | undefined = bytes;
    while (this.#state === 'head' && rest) rest = this.#feedHead(rest);
    if (this.#state === 'switched') return rest ?? NOTHING;
    if (this.#state === 'body' && rest && rest.length > 0) this.#feedBody(rest);
    else if (this.#state === 'idle') this.#isSpoiled ||= rest !== undefined && rest.length > 0;
    return undefined;
  }

  /** The app ended its side: that is the end of some bodies, and an error within all others. */
  end(): void {
    const endsBody = this.#state === 'body' && !this.#chunked && this.#left === Infinity;
    if (!endsBody && this.#state !== 'idle') throw new AnswerError('The answer broke off');
    this.#isSpoiled = true;
    if (endsBody) this.#finish();
  }

  /** Returns what comes after the head, undefined when that is not complete. */
  #feedHead(bytes: Buffer): Buffer | undefined {
    const from = Math.max(0, this.#waiting.length - HEAD_END.length + 1);
    const all = this.#gather(bytes);
    const end = all.indexOf(HEAD_END, from);
    if ((end === -1 ? all.length : end) > MAX_HEAD_BYTES)
      throw new AnswerError('The head is too long');
    if (end === -1) {
      if (this.#waiting.length === 0) this.#waiting.append(bytes);
      return undefined;
    }
    this.#waiting.take();
    const rest = all.subarray(end + HEAD_END.length);
    this.#readHead(all.toString('latin1', 0, end), rest.length > 0);
    return rest;
  }

  /** Most heads come in one piece, which needs no copy. */
  #gather(bytes: Buffer): Buffer {
    if (this.#waiting.length === 0) return bytes;
    this.#waiting.append(bytes);
    return this.#waiting.bytes;
  }

  #readHead(text: string, hasMore: boolean): void {
    const head = parseResponseHead(text, this.#isHead);
    // Hints before the answer itself.
    if (head.status < 200 && head.status !== SWITCHING_PROTOCOLS) return this.#countHint();
    this.#state = head.status === SWITCHING_PROTOCOLS ? 'switched' : 'body';
    this.#chunked = head.framing === 'chunked' ? new ChunkedBody() : undefined;
    this.#left = typeof head.framing === 'number' ? head.framing : Infinity;
    this.#isSpoiled ||= !head.keepsAlive;
    this.#handler?.onHead(head);
    if (this.#state !== 'body' || this.#left > 0) return;
    this.#isSpoiled ||= hasMore;
    this.#finish();
  }

  #countHint(): void {
    this.#hints += 1;
    if (this.#hints > MAX_HINTS) throw new AnswerError('There are hints without an answer');
  }

  #feedBody(bytes: Buffer): void {
    if (this.#chunked) return this.#feedChunked(this.#chunked, bytes);
    if (bytes.length < this.#left) {
      this.#left -= bytes.length;
      return this.#handler?.onData(bytes);
    }
    this.#isSpoiled ||= bytes.length > this.#left;
    this.#finish(bytes.subarray(0, this.#left));
  }

  #feedChunked(chunked: ChunkedBody, bytes: Buffer): void {
    const { used, ended } = chunked.feed(bytes, (data) => this.#handler?.onData(data));
    if (!ended) return;
    this.#isSpoiled ||= used < bytes.length;
    this.#finish();
  }

  #finish(last?: Buffer): void {
    this.#state = 'idle';
    this.#chunked = undefined;
    this.#handler?.onEnd(last);
  }
}
