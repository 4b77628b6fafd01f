import type { Transport } from './types.ts';

/** Target size of one transport message: cost goes by message, not by byte. */
const BATCH_BYTES = 64 * 1024;
/** What one stream may add per turn when others wait too. */
const FAIR_SHARE_BYTES = 16 * 1024;
/** Small frames that the peer makes us send must not pile up while it does not read. */
const MAX_CONTROL_BYTES = 8 * 1024 * 1024;
/** What a frame that waits costs beside its bytes: many times as much for the smallest. */
const FRAME_COST_BYTES = 160;

export interface SendSource {
  /** Appends frames of about `maxBytes`; returns their size. */
  takeFrames(parts: Uint8Array[], maxBytes: number): number;
  hasMore(): boolean;
  /** Called once for each `takeFrames` that gave something, when the transport has sent it. */
  framesSent(): void;
}

/**
 * SendQueue feeds the shared transport: control frames first, then the streams in turn.
 * It holds no stream data itself, so a blocked transport keeps the bytes with their writers.
 */
export class SendQueue {
  readonly #transport: Transport;
  readonly #onOverflow: () => void;
  readonly #ready = new Set<SendSource>();
  #control: Uint8Array[] = [];
  #controlBytes = 0;
  #blocked = false;
  #scheduled = false;
  #flushing = false;

  constructor(transport: Transport, onOverflow: () => void) {
    this.#transport = transport;
    this.#onOverflow = onOverflow;
    transport.onDrain(() => {
      this.#blocked = false;
      this.flush();
    });
  }

  pushControl(frame: Uint8Array): void {
    this.#control.push(frame);
    this.#controlBytes += frame.length + FRAME_COST_BYTES;
    if (this.#controlBytes > MAX_CONTROL_BYTES) this.#onOverflow();
    this.#schedule();
  }

  markReady(source: SendSource): void {
    this.#ready.add(source);
    this.#schedule();
  }

  remove(source: SendSource): void {
    this.#ready.delete(source);
  }

  clear(): void {
    this.#ready.clear();
    this.#control = [];
    this.#controlBytes = 0;
    this.#blocked = true;
  }

  /** Everything written in the same tick leaves in the same message. */
  #schedule(): void {
    if (this.#scheduled || this.#blocked || this.#flushing) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.flush();
    });
  }

  /** Sends what waits, as far as the transport takes it. */
  flush(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    while (!this.#blocked && (this.#control.length > 0 || this.#ready.size > 0)) this.#sendBatch();
    this.#flushing = false;
  }

  #sendBatch(): void {
    const parts: Uint8Array[] = [];
    const sources: SendSource[] = [];
    let bytes = this.#takeControl(parts);
    for (const source of this.#ready) {
      if (bytes >= BATCH_BYTES) break;
      const share = this.#ready.size === 1 ? BATCH_BYTES - bytes : FAIR_SHARE_BYTES;
      this.#ready.delete(source);
      const taken = source.takeFrames(parts, share);
      bytes += taken;
      if (taken > 0) sources.push(source);
      if (source.hasMore()) this.#ready.add(source);
    }
    if (parts.length === 0) return;
    const sent = () => {
      for (const source of sources) source.framesSent();
    };
    if (!this.#transport.send(parts, sent)) this.#blocked = true;
  }

  #takeControl(parts: Uint8Array[]): number {
    let bytes = 0;
    let count = 0;
    for (const frame of this.#control) {
      if (bytes >= BATCH_BYTES) break;
      parts.push(frame);
      bytes += frame.length;
      count += 1;
    }
    this.#control = count === this.#control.length ? [] : this.#control.slice(count);
    this.#controlBytes -= bytes + count * FRAME_COST_BYTES;
    return bytes;
  }
}
