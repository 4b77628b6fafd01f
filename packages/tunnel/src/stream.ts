import { Buffer } from 'node:buffer';
import { Duplex } from 'node:stream';
import { createDeferred } from './deferred.ts';
import {
  encodeCredit,
  encodeFrame,
  encodeHeader,
  encodeJson,
  FRAME,
  type FrameType,
  MAX_DATA_BYTES,
  MAX_HEAD_BYTES,
  MAX_TRAILERS_BYTES,
  protocolError,
} from './frame-codec.ts';
import type { PathView, ReceiveWindow } from './receive-window.ts';
import type { SendSource } from './send-queue.ts';
import { StreamOutbox } from './stream-outbox.ts';
import { encodeNotice, type Notice, noticeOf } from './stream-notice.ts';
import { TunnelError, type TunnelStream } from './types.ts';

const HIGH_WATER_MARK_BYTES = 64 * 1024;
/** Chunks that wait for the reader are put together up to this size. */
const GATHERED_BYTES = 4 * 1024;
/** Smaller chunks are not handed to Node one by one while others wait there. */
const SMALL_BYTES = 1024;

/** What a stream needs of its session. */
export interface StreamLink {
  sendControl(frame: Uint8Array): void;
  markReady(source: SendSource): void;
  /** The stream is over on the wire. */
  release(stream: MultiplexedStream): void;
  viewPath(): PathView;
  /** The chunk as it may be kept after the call. */
  keep(chunk: Uint8Array): Uint8Array;
}

export interface StreamOptions {
  readonly streamId: number;
  readonly head: unknown;
  readonly isOpener: boolean;
  readonly window: ReceiveWindow;
  readonly link: StreamLink;
}

type Callback = (error?: Error | null) => void;

/** MultiplexedStream is one end of one stream; the session hands it the frames of its id. */
export class MultiplexedStream extends Duplex implements TunnelStream, SendSource {
  readonly streamId: number;
  readonly head: unknown;
  readonly window: ReceiveWindow;
  readonly #isOpener: boolean;
  readonly #link: StreamLink;
  readonly #outbox = new StreamOutbox();
  readonly #response = createDeferred<unknown>();
  readonly #trailers = createDeferred<unknown>();
  readonly #inbox: Uint8Array[] = [];
  #ownTrailers: unknown;
  #answered = false;
  #wantsData = false;
  #remoteEnded = false;
  #endSent = false;
  #resetByPeer = false;

  constructor({ streamId, head, isOpener, window, link }: StreamOptions) {
    super({ highWaterMark: HIGH_WATER_MARK_BYTES });
    this.streamId = streamId;
    this.head = head;
    this.#isOpener = isOpener;
    this.#link = link;
    this.window = window;
    // A reset by the peer must not end the process when the owner listens to the promises only.
    this.on('error', () => undefined);
  }

  get response(): Promise<unknown> {
    return this.#response.promise;
  }

  get trailers(): Promise<unknown> {
    return this.#trailers.promise;
  }

  respond(head: unknown): void {
    if (this.#isOpener) throw new TunnelError('not_acceptor', 'Only the accepting side answers');
    if (this.#answered) throw new TunnelError('already_answered');
    const payload = encodeJson(head ?? null, MAX_HEAD_BYTES);
    this.#answered = true;
    this.#response.resolve(head);
    if (!this.destroyed) this.#control(FRAME.head, payload);
  }

  endWith(trailers: unknown): void {
    encodeJson(trailers, MAX_TRAILERS_BYTES);
    this.#ownTrailers = trailers;
    this.end();
  }

  reset(code: string, message?: string): void {
    this.destroy(new TunnelError(code, message));
  }

  receiveHead(head: unknown): void {
    if (!this.#isOpener || this.#answered) throw protocolError('Unexpected answer head');
    this.#answered = true;
    this.#response.resolve(head);
  }

  receiveData(payload: Uint8Array): void {
    this.#assertReceiving();
    if (!this.window.accept(payload.length)) throw protocolError('Window exceeded');
    if (this.#wantsData && this.#inbox.length === 0) this.#deliver(this.#link.keep(payload));
    else this.#hold(payload);
  }

  receiveEnd(trailers: unknown): void {
    this.#assertReceiving();
    this.#remoteEnded = true;
    this.#trailers.resolve(trailers);
    if (this.#inbox.length === 0) this.push(null);
    this.#releaseWhenOver();
  }

  receiveCredit(bytes: number): void {
    if (!this.#outbox.addCredit(bytes)) throw protocolError('Credit out of range');
    if (this.#outbox.hasMore()) this.#link.markReady(this);
  }

  receiveReset({ code, message }: Notice): void {
    this.#resetByPeer = true;
    this.destroy(new TunnelError(code, message));
  }

  /** The tunnel is gone: nothing may be sent any more. */
  abandon(error: TunnelError): void {
    this.#resetByPeer = true;
    this.destroy(error);
  }

  takeFrames(parts: Uint8Array[], maxBytes: number): number {
    const data: Uint8Array[] = [];
    const bytes = this.#outbox.take(data, Math.min(maxBytes, MAX_DATA_BYTES));
    if (bytes > 0) parts.push(encodeHeader(this.streamId, FRAME.data, bytes), ...data);
    const end = this.#outbox.takeEnd();
    if (end) {
      parts.push(end);
      this.#endSent = true;
    }
    const taken = bytes + (end?.length ?? 0);
    if (taken > 0) this.#outbox.beginSending();
    return taken;
  }

  hasMore(): boolean {
    return this.#outbox.hasMore();
  }

  framesSent(): void {
    this.#outbox.endSending();
    if (this.#endSent) this.#releaseWhenOver();
  }

  override _read(): void {
    this.#wantsData = true;
    let wantsMore = true;
    while (wantsMore) {
      const chunk = this.#inbox.shift();
      if (!chunk) return;
      wantsMore = this.#deliver(chunk);
    }
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Callback): void {
    this.#send([chunk], done);
  }

  override _writev(chunks: { chunk: Buffer }[], done: Callback): void {
    this.#send(
      chunks.map(({ chunk }) => chunk),
      done,
    );
  }

  override _final(done: Callback): void {
    if (!this.#maySend(done)) return;
    const trailers = encodeJson(this.#ownTrailers, MAX_TRAILERS_BYTES);
    this.#outbox.finish(encodeFrame(this.streamId, FRAME.end, trailers), done);
    this.#link.markReady(this);
  }

  override _destroy(error: Error | null, done: Callback): void {
    const isOver = this.#endSent && this.#remoteEnded;
    const notice = noticeOf(error);
    this.#inbox.length = 0;
    this.#abort(error ?? new TunnelError(notice.code, notice.message));
    if (!isOver && !this.#resetByPeer) this.#control(FRAME.reset, encodeNotice(notice));
    if (!isOver) this.#link.release(this);
    done(error);
  }

  #abort(error: Error): void {
    this.#outbox.discard(error);
    this.#response.reject(error);
    this.#trailers.reject(error);
  }

  #send(chunks: readonly Buffer[], done: Callback): void {
    if (!this.#maySend(done)) return;
    this.#outbox.add(chunks, done);
    if (this.#outbox.hasMore()) this.#link.markReady(this);
  }

  #maySend(done: Callback): boolean {
    if (this.#isOpener || this.#answered) return true;
    done(new TunnelError('not_answered', 'The stream was written to before it was answered'));
    return false;
  }

  #assertReceiving(): void {
    if (this.#remoteEnded) throw protocolError('Bytes after the end');
    if (this.#isOpener && !this.#answered) throw protocolError('Bytes before the answer');
  }

  /** The window counts bytes, not what each chunk takes beside them: that is many times more for chunks of one byte. */
  #hold(payload: Uint8Array): void {
    const last = this.#inbox.at(-1);
    if (last && last.length + payload.length <= GATHERED_BYTES)
      this.#inbox[this.#inbox.length - 1] = Buffer.concat([last, payload]);
    else this.#inbox.push(this.#link.keep(payload));
  }

  /** True while the consumer wants more. */
  #deliver(chunk: Uint8Array): boolean {
    this.#wantsData = this.push(chunk);
    if (this.#remoteEnded) {
      if (this.#inbox.length === 0) this.push(null);
    } else if (this.window.consume(chunk.length) && !this.destroyed) {
      const credit = this.window.grant(this.#link.viewPath());
      if (credit > 0) this.#control(FRAME.window, encodeCredit(credit));
    }
    // Node asks for more in the next tick; what comes until then is put together.
    if (chunk.length < SMALL_BYTES && this.readableLength > 0) this.#wantsData = false;
    return this.#wantsData;
  }

  #releaseWhenOver(): void {
    if (this.#endSent && this.#remoteEnded) this.#link.release(this);
  }

  #control(type: FrameType, payload: Uint8Array): void {
    this.#link.sendControl(encodeFrame(this.streamId, type, payload));
  }
}
