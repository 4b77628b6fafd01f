import { Buffer } from 'node:buffer';
import type { TextChannel } from './message-port.ts';
import type { Transport } from './types.ts';

/** Bytes that may wait in the socket before `send` says stop. */
const SEND_BUFFER_BYTES = 128 * 1024;
const MAX_EARLY_MESSAGES = 256;
const CLOSE_NORMAL = 1000;
const CLOSE_POLICY_VIOLATION = 1008;
const MAX_REASON_BYTES = 120;

type Data = Buffer | ArrayBuffer | Buffer[];

/** WsSocket is what is needed of a server-side socket of the `ws` library, made without perMessageDeflate. */
export interface WsSocket {
  readonly bufferedAmount: number;
  readonly readyState: number;
  send(
    data: Uint8Array | string,
    options: { binary: boolean },
    sent: (error?: Error) => void,
  ): void;
  close(code: number, reason: string): void;
  terminate(): void;
  on(event: 'message', listener: (data: Data, isBinary: boolean) => void): unknown;
  on(event: 'close', listener: (code: number, reason: Buffer) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

export interface WsTransport extends Transport, TextChannel {
  /** Ends the connection without waiting for the peer. */
  terminate(): void;
}

const OPEN = 1;

/**
 * Adapts a `ws` socket. Make it as soon as the socket exists: it keeps what arrives until the
 * handshake (text) and the tunnel (binary) set their handlers.
 */
export function createWsTransport(socket: WsSocket): WsTransport {
  let needsDrain = false;
  let closedBecause: string | undefined;
  let failure: string | undefined;
  let early: { data: Buffer; isBinary: boolean }[] = [];
  let onMessage: ((message: Uint8Array) => void) | undefined;
  let onText: ((text: string) => void) | undefined;
  let onDrain: (() => void) | undefined;
  const onCloses: ((reason: string) => void)[] = [];

  function receive(data: Buffer, isBinary: boolean): void {
    if (isBinary && onMessage) return onMessage(data);
    if (!isBinary && onText) return onText(data.toString());
    if (early.length < MAX_EARLY_MESSAGES) early.push({ data, isBinary });
    else socket.close(CLOSE_POLICY_VIOLATION, 'Too many messages that nobody takes');
  }

  function deliverEarly(): void {
    const messages = early;
    early = [];
    for (const { data, isBinary } of messages) receive(data, isBinary);
  }

  function sent(): void {
    if (!needsDrain || socket.bufferedAmount * 2 >= SEND_BUFFER_BYTES) return;
    needsDrain = false;
    onDrain?.();
  }

  function send(data: Uint8Array | string, binary: boolean): boolean {
    if (socket.readyState !== OPEN) return false;
    socket.send(data, { binary }, sent);
    needsDrain ||= socket.bufferedAmount >= SEND_BUFFER_BYTES;
    return !needsDrain;
  }

  socket.on('message', (data, isBinary) => receive(toBuffer(data), isBinary));
  socket.on('error', (error) => (failure ??= error.message));
  socket.on('close', (_code, reason) => {
    closedBecause = failure ?? (reason.toString() || 'connection lost');
    for (const handler of onCloses) handler(closedBecause);
  });

  return {
    send: (parts) => send(join(parts), true),
    sendText: (text) => send(text, false),
    onMessage(handler) {
      onMessage = handler;
      deliverEarly();
    },
    onText(handler) {
      onText = handler;
      deliverEarly();
    },
    onDrain(handler) {
      onDrain = handler;
    },
    onClose(handler) {
      onCloses.push(handler);
      if (closedBecause !== undefined) handler(closedBecause);
    },
    close: (reason) => socket.close(CLOSE_NORMAL, cut(reason)),
    terminate: () => socket.terminate(),
  };
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  return parts.length === 1 && first ? first : Buffer.concat(parts);
}

function toBuffer(data: Data): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? Buffer.from(data) : data;
}

function cut(reason: string): string {
  return Buffer.from(reason)
    .subarray(0, MAX_REASON_BYTES)
    .toString()
    .replace(/\uFFFD$/, '');
}
