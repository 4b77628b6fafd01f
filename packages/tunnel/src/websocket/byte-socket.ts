import type { Buffer } from 'node:buffer';

/** ByteSocket is a connected socket of whichever runtime the agent runs on. */
export interface ByteSocket {
  /** Sends the parts in order; `written` is called once they may be reused, and never after the socket was lost. */
  write(parts: readonly Uint8Array[], written?: () => void): void;
  /** Bytes that the system has not taken yet. */
  readonly bufferedBytes: number;
  /** Ends the connection after what was written. */
  end(): void;
  /** Ends the connection at once. */
  destroy(): void;
  /** 32 bytes that only the two ends of this TLS 1.3 connection know (RFC 9266); undefined without TLS. */
  exportKeyingMaterial(): Buffer | undefined;
}

export interface ByteSocketHandlers {
  /** The chunk is a view that is valid during the call only. */
  onBytes(chunk: Uint8Array): void;
  /**
   * Called once when the connection is over, also after `end` and `destroy`; with a reason when it
   * was lost. A peer that ends its half ends the connection.
   */
  onClose(reason?: string): void;
}

export interface DialTarget {
  /** Name or address, IPv6 without brackets; with TLS the certificate must name it. */
  readonly host: string;
  readonly port: number;
  /** Undefined: no TLS. `ca`: PEM certificates to trust instead of the built-in ones. */
  readonly tls: { readonly ca: string | undefined } | undefined;
  /** HTTP proxy to ask for the connection, with credentials if it wants them; undefined: none. */
  readonly proxy: URL | undefined;
  /** Aborts dialling, and means nothing afterwards. */
  readonly signal: AbortSignal;
}

/**
 * DialSocket connects without delaying small writes (TCP_NODELAY), with at least TLS 1.3 and a checked
 * certificate. Rejects with TunnelError `connect_failed`, whose cause is the system's error, or `proxy_<status>`, or
 * with the signal's reason.
 */
export type DialSocket = (target: DialTarget, handlers: ByteSocketHandlers) => Promise<ByteSocket>;
