import type { Buffer } from 'node:buffer';
import type { ByteSocket } from './byte-socket.ts';
import type { Connection } from '../connection.ts';
import { Inbox } from './inbox.ts';
import { TunnelError } from '../types.ts';

/** Bytes that may wait in the socket before `send` says stop. */
const SEND_BUFFER_BYTES = 128 * 1024;
const CLOSE_TIMEOUT_MS = 2_000;

/** SocketConnection is what every connection on a socket has, whatever its framing. */
export abstract class SocketConnection implements Connection {
  abstract readonly lendsChunks: boolean;
  protected readonly inbox = new Inbox();
  readonly #socket: ByteSocket;
  readonly #onCloses: ((reason: string) => void)[] = [];
  #onDrain: (() => void) | undefined;
  #needsDrain = false;
  #isClosing = false;
  #isBroken = false;
  /** Why this end closes, or what the peer said. */
  #closeReason: string | undefined;
  #closedBecause: string | undefined;

  constructor(socket: ByteSocket) {
    this.#socket = socket;
  }

  abstract sendText(text: string): boolean;
  abstract send(parts: readonly Uint8Array[], sent?: () => void): boolean;
  protected abstract take(chunk: Uint8Array): void;
  /** Tells the peer that nothing more comes, and the error if there is one. */
  protected abstract sayClose(reason: string, error?: TunnelError): void;

  onText(handler: (text: string) => void): void {
    this.inbox.onText(handler);
  }

  onBytes(handler: (chunk: Uint8Array) => void): void {
    this.inbox.onBytes(handler);
  }

  onDrain(handler: () => void): void {
    this.#onDrain = handler;
  }

  onClose(handler: (reason: string) => void): void {
    if (this.#closedBecause === undefined) this.#onCloses.push(handler);
    else handler(this.#closedBecause);
  }

  close(reason: string): void {
    this.#beginClosing(reason);
  }

  forbid(reason: string): void {
    this.#beginClosing(reason, new TunnelError('not_permitted', reason));
  }

  exportChannelBinding(): Buffer | undefined {
    return this.#socket.exportKeyingMaterial();
  }

  /** Takes bytes of the socket. */
  feed(chunk: Uint8Array): void {
    if (this.#isBroken || this.#closedBecause !== undefined) return;
    try {
      this.take(chunk);
    } catch (error) {
      if (!(error instanceof TunnelError)) throw error;
      this.#isBroken = true;
      this.#beginClosing(error.message, error);
      this.#socket.end();
    }
  }

  /** The socket is gone. */
  lost(reason?: string): void {
    this.#closedBecause = this.#closeReason ?? reason ?? 'connection lost';
    for (const handler of this.#onCloses) handler(this.#closedBecause);
  }

  /** The peer sends nothing more. */
  protected closedByPeer(reason: string): void {
    this.#beginClosing(reason);
    this.#socket.end();
  }

  protected get isClosing(): boolean {
    return this.#isClosing || this.#closedBecause !== undefined;
  }

  /** True while the peer does not read. */
  protected get isBlocked(): boolean {
    return this.#needsDrain;
  }

  protected write(parts: readonly Uint8Array[], written?: () => void): boolean {
    this.#socket.write(parts, () => {
      written?.();
      this.#afterWrite();
    });
    this.#needsDrain ||= this.#socket.bufferedBytes >= SEND_BUFFER_BYTES;
    return !this.#needsDrain;
  }

  #afterWrite(): void {
    if (!this.#needsDrain || this.#socket.bufferedBytes * 2 >= SEND_BUFFER_BYTES) return;
    this.#needsDrain = false;
    this.#onDrain?.();
  }

  #beginClosing(reason: string, error?: TunnelError): void {
    if (this.isClosing) return;
    this.#closeReason = reason;
    this.sayClose(reason, error);
    this.#isClosing = true;
    setTimeout(() => this.#socket.destroy(), CLOSE_TIMEOUT_MS).unref();
  }
}
