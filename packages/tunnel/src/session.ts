import { Buffer } from 'node:buffer';
import { createDeferred, type Deferred } from './deferred.ts';
import {
  decodeCredit,
  decodeJson,
  encodeFrame,
  encodeJson,
  type Frame,
  FRAME,
  MAX_HEAD_BYTES,
  protocolError,
} from './frame-codec.ts';
import { FrameDecoder } from './frame-decoder.ts';
import { type PathView, ReceiveWindow } from './receive-window.ts';
import { RoundTrip } from './round-trip.ts';
import { SendQueue } from './send-queue.ts';
import { MultiplexedStream, type StreamLink } from './stream.ts';
import { decodeNotice, encodeNotice } from './stream-notice.ts';
import { WindowBudget } from './window-budget.ts';
import { type Transport, type Tunnel, TunnelError, type TunnelStream } from './types.ts';

/** How old a round trip may be before traffic asks for a fresh one. */
const SAMPLE_INTERVAL_MS = 1_000;
/** Silence for this many keep-alive intervals means that the peer is gone. */
const MISSED_INTERVALS = 3;
/** A chunk smaller than this part of its buffer is copied, so that it does not hold the whole buffer. */
const COPY_BELOW_FRACTION = 8;
/** A peer that was heard within this part of the interval need not be asked whether it is there. */
const RECENT_SHARE = 0.75;
/** A peer that is heard and answers none of so many is not ours; each that waits is kept. */
const MAX_UNANSWERED_PINGS = 64;
const MAX_STREAM_ID = 0xffff_fffe;

export interface TunnelOptions {
  readonly transport: Transport;
  /** The client opens odd stream ids, the server even ones. */
  readonly role: 'client' | 'server';
  /** Streams that may be open at once, of both sides together. */
  readonly maxStreams?: number;
  readonly maxStreamWindowBytes?: number;
  /** What all streams together may be granted beyond their first 256 KiB each. */
  readonly windowBudget?: WindowBudget;
  readonly keepAliveMs?: number;
}

const DEFAULTS = {
  maxStreams: 4096,
  maxStreamWindowBytes: 8 * 1024 * 1024,
  keepAliveMs: 15_000,
};
const WINDOW_BUDGET_BYTES = 64 * 1024 * 1024;

export function createTunnel(options: TunnelOptions): Tunnel {
  return new TunnelSession(options);
}

/**
 * INVARIANTS: the transport is never paused for one stream; a stream is in the table until both
 * halves ended or it was reset; frames for ids that are over are dropped, frames for ids that
 * never were end the tunnel.
 */
class TunnelSession implements Tunnel, StreamLink {
  readonly #transport: Transport;
  readonly #limits: typeof DEFAULTS;
  readonly #queue: SendQueue;
  readonly #decoder = new FrameDecoder((frame) => this.#dispatch(frame));
  readonly #streams = new Map<number, MultiplexedStream>();
  readonly #pings = new Map<number, { sentMs: number; answer: Deferred<number> }>();
  readonly #roundTrip = new RoundTrip();
  readonly #windowBudget: WindowBudget;
  readonly #closed = createDeferred<string>();
  readonly #peerParity: number;
  #handler: ((stream: TunnelStream) => void) | undefined;
  #onGoAway: ((reason: string) => void) | undefined;
  #nextId: number;
  #lastPeerId = 0;
  #pingCount = 0;
  #lastPingMs = 0;
  #lastReceivedMs = performance.now();
  #goingAway = false;
  #isClosed = false;
  readonly #keepAlive: NodeJS.Timeout;

  constructor({ transport, role, windowBudget, ...limits }: TunnelOptions) {
    this.#windowBudget = windowBudget ?? new WindowBudget(WINDOW_BUDGET_BYTES);
    this.#transport = transport;
    this.#limits = { ...DEFAULTS, ...limits };
    this.#nextId = role === 'client' ? 1 : 2;
    this.#peerParity = role === 'client' ? 0 : 1;
    this.#queue = new SendQueue(transport, () => this.close('send_queue_overflow'));
    this.#keepAlive = setInterval(() => this.#checkAlive(), this.#limits.keepAliveMs);
    this.#keepAlive.unref();
    transport.onClose((reason) => this.#finish(reason));
    transport.onBytes((chunk) => this.#receive(chunk));
    if (!this.#isClosed) this.#samplePath();
  }

  get closed(): Promise<string> {
    return this.#closed.promise;
  }

  get streamCount(): number {
    return this.#streams.size;
  }

  open(head: unknown): TunnelStream {
    if (this.#isClosed) throw new TunnelError('tunnel_closed');
    if (this.#goingAway) throw new TunnelError('going_away');
    const isFull = this.#streams.size >= this.#limits.maxStreams || this.#nextId > MAX_STREAM_ID;
    if (isFull) throw new TunnelError('too_many_streams');
    const payload = encodeJson(head ?? null, MAX_HEAD_BYTES);
    const stream = this.#createStream(this.#nextId, { head, isOpener: true });
    this.#nextId += 2;
    this.sendControl(encodeFrame(stream.streamId, FRAME.open, payload));
    this.#samplePath();
    return stream;
  }

  onStream(handler: (stream: TunnelStream) => void): void {
    this.#handler = handler;
  }

  onGoAway(handler: (reason: string) => void): void {
    this.#onGoAway = handler;
  }

  ping(): Promise<number> {
    if (this.#pings.size >= MAX_UNANSWERED_PINGS) this.close('pings_unanswered');
    if (this.#isClosed) return Promise.reject(new TunnelError('tunnel_closed'));
    const payload = Buffer.alloc(8);
    this.#pingCount += 1;
    payload.writeUInt32BE(this.#pingCount % 0x1_0000_0000, 4);
    const answer = createDeferred<number>();
    this.#lastPingMs = performance.now();
    this.#pings.set(payload.readUInt32BE(4), { sentMs: this.#lastPingMs, answer });
    this.sendControl(encodeFrame(0, FRAME.ping, payload));
    return answer.promise;
  }

  goAway(reason: string): void {
    this.#goingAway = true;
    const notice = { code: 'going_away', message: reason };
    this.sendControl(encodeFrame(0, FRAME.goAway, encodeNotice(notice)));
  }

  close(reason: string): void {
    if (this.#isClosed) return;
    this.#queue.flush();
    this.#finish(reason);
    this.#transport.close(reason);
  }

  sendControl(frame: Uint8Array): void {
    if (!this.#isClosed) this.#queue.pushControl(frame);
  }

  markReady(stream: MultiplexedStream): void {
    if (!this.#isClosed) this.#queue.markReady(stream);
  }

  release(stream: MultiplexedStream): void {
    this.#queue.remove(stream);
    if (this.#streams.delete(stream.streamId)) stream.window.release();
  }

  keep(chunk: Uint8Array): Uint8Array {
    const isSmall = chunk.length * COPY_BELOW_FRACTION < chunk.buffer.byteLength;
    return this.#transport.lendsChunks || isSmall ? Buffer.from(chunk) : chunk;
  }

  viewPath(): PathView {
    this.#samplePath();
    return { nowMs: performance.now(), roundTripMs: this.#roundTrip.estimateMs };
  }

  #createStream(streamId: number, { head, isOpener }: { head: unknown; isOpener: boolean }) {
    const maxBytes = this.#limits.maxStreamWindowBytes;
    const window = new ReceiveWindow({ maxBytes, budget: this.#windowBudget });
    const stream = new MultiplexedStream({ streamId, head, isOpener, window, link: this });
    this.#streams.set(streamId, stream);
    return stream;
  }

  #ask(): void {
    this.ping().catch(() => undefined); // It is closed then, which is told there.
  }

  #samplePath(): void {
    const now = performance.now();
    if (this.#lastPingMs === 0 || now - this.#lastPingMs > SAMPLE_INTERVAL_MS) this.#ask();
  }

  #checkAlive(): void {
    const silenceMs = performance.now() - this.#lastReceivedMs;
    if (silenceMs > MISSED_INTERVALS * this.#limits.keepAliveMs) this.close('keepalive_timeout');
    else if (silenceMs > RECENT_SHARE * this.#limits.keepAliveMs) this.#ask();
  }

  #receive(chunk: Uint8Array): void {
    if (this.#isClosed) return;
    this.#lastReceivedMs = performance.now();
    try {
      this.#decoder.feed(chunk);
    } catch (error) {
      if (!(error instanceof TunnelError)) throw error;
      this.close(`${error.code}: ${error.message}`);
    }
  }

  #dispatch(frame: Frame): void {
    if (this.#isClosed) return;
    switch (frame.type) {
      case FRAME.open:
        return this.#accept(frame);
      case FRAME.ping:
        return this.sendControl(encodeFrame(0, FRAME.pong, frame.payload));
      case FRAME.pong:
        return this.#receivePong(frame.payload);
      case FRAME.goAway:
        return this.#receiveGoAway(frame.payload);
      default:
        return this.#dispatchToStream(frame);
    }
  }

  #dispatchToStream({ streamId, type, payload }: Frame): void {
    const stream = this.#streams.get(streamId);
    if (!stream) return this.#assertOnceOpen(streamId);
    if (type === FRAME.data) stream.receiveData(payload);
    else if (type === FRAME.window) stream.receiveCredit(decodeCredit(payload));
    else if (type === FRAME.head) stream.receiveHead(decodeJson(payload));
    else if (type === FRAME.end) stream.receiveEnd(decodeJson(payload));
    else stream.receiveReset(decodeNotice(payload));
  }

  #assertOnceOpen(streamId: number): void {
    const isPeers = streamId % 2 === this.#peerParity;
    const wasOpen = isPeers ? streamId <= this.#lastPeerId : streamId < this.#nextId;
    if (!wasOpen) throw protocolError(`Stream ${streamId} was never opened`);
  }

  #accept({ streamId, payload }: Frame): void {
    if (streamId % 2 !== this.#peerParity || streamId <= this.#lastPeerId) {
      throw protocolError(`Stream id ${streamId} is not the peer's next`);
    }
    this.#lastPeerId = streamId;
    const refusal = this.#refusal();
    if (refusal) {
      const notice = encodeNotice({ code: refusal, message: refusal });
      return this.sendControl(encodeFrame(streamId, FRAME.reset, notice));
    }
    const head = decodeJson(payload);
    this.#serve(this.#createStream(streamId, { head, isOpener: false }));
  }

  #refusal(): string | undefined {
    if (this.#goingAway) return 'going_away';
    if (this.#streams.size >= this.#limits.maxStreams) return 'too_many_streams';
    return this.#handler ? undefined : 'unimplemented';
  }

  #serve(stream: MultiplexedStream): void {
    try {
      this.#handler?.(stream);
    } catch (error) {
      stream.destroy(error instanceof Error ? error : new TunnelError('internal'));
    }
  }

  #receivePong(payload: Uint8Array): void {
    const id = decodeCredit(payload.subarray(4));
    const ping = this.#pings.get(id);
    if (!ping) throw protocolError('Pong without a ping');
    this.#pings.delete(id);
    const roundTripMs = performance.now() - ping.sentMs;
    this.#roundTrip.add(roundTripMs);
    ping.answer.resolve(roundTripMs);
  }

  #receiveGoAway(payload: Uint8Array): void {
    this.#goingAway = true;
    this.#onGoAway?.(decodeNotice(payload).message);
  }

  #finish(reason: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#keepAlive);
    this.#queue.clear();
    const error = new TunnelError('tunnel_closed', reason);
    for (const stream of this.#streams.values()) {
      stream.abandon(error);
      this.release(stream);
    }
    for (const { answer } of this.#pings.values()) answer.reject(error);
    this.#pings.clear();
    this.#closed.resolve(reason);
  }
}
