import type { Duplex } from 'node:stream';

/** Transport carries bytes in order; both ends of the tunnel run over one. */
export interface Transport {
  /** True: a chunk that arrives is valid during the call only. */
  readonly lendsChunks: boolean;
  /** Sends the parts; `sent` is called once they may be reused. False: stop until `onDrain`. */
  send(parts: readonly Uint8Array[], sent?: () => void): boolean;
  /** Chunks are cut anywhere. */
  onBytes(handler: (chunk: Uint8Array) => void): void;
  onDrain(handler: () => void): void;
  /** Called once, at once when it is closed already. */
  onClose(handler: (reason: string) => void): void;
  close(reason: string): void;
}

/** TunnelStream is one request through the tunnel: a head, an answer head, bytes both ways, trailers. */
export interface TunnelStream extends Duplex {
  readonly streamId: number;
  /** What the opener asked for: parsed JSON, not yet validated. */
  readonly head: unknown;
  /** Opener's side: the acceptor's answer. Rejects with TunnelError when the stream is reset before. */
  readonly response: Promise<unknown>;
  /** Resolves with the peer's trailers (undefined when it sent none) once the peer ended its half. */
  readonly trailers: Promise<unknown>;
  /** Acceptor's side: answers; exactly once, before any bytes. */
  respond(head: unknown): void;
  /** Ends the own half, with trailers. */
  endWith(trailers: unknown): void;
  /** Ends both halves at once. The peer's pending promises reject with this code. */
  reset(code: string, message?: string): void;
}

export interface Tunnel {
  /** Opens a stream; throws TunnelError when the tunnel is closed or going away. */
  open(head: unknown): TunnelStream;
  /** Sets who serves the streams that the peer opens. */
  onStream(handler: (stream: TunnelStream) => void): void;
  /** Round trip in milliseconds. */
  ping(): Promise<number>;
  /** Takes no new streams; the peer learns it, open ones finish. */
  goAway(reason: string): void;
  /** The peer takes no new streams: time to connect elsewhere. */
  onGoAway(handler: (reason: string) => void): void;
  close(reason: string): void;
  /** Resolves with the reason, never rejects. */
  readonly closed: Promise<string>;
  readonly streamCount: number;
}

export class TunnelError extends Error {
  override readonly name = 'TunnelError';
  readonly code: string;
  /** When trying again makes sense; undefined when the peer did not say. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: string,
    message?: string,
    options: ErrorOptions & { readonly retryAfterSeconds?: number | undefined } = {},
  ) {
    super(message ?? code, options);
    this.code = code;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}
