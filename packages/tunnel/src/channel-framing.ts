import { Buffer } from 'node:buffer';
import { TunnelError } from './types.ts';

/** Channels inside a stream's body: `u8 channel ‖ u32be length ‖ bytes`. */
const HEADER_BYTES = 5;
export const MAX_CHANNEL_BYTES = 1024 * 1024;

export function encodeChannel(channel: number, bytes: Uint8Array): Buffer {
  if (bytes.length > MAX_CHANNEL_BYTES) {
    throw new TunnelError('too_large', `Channel message exceeds ${MAX_CHANNEL_BYTES} bytes`);
  }
  const message = Buffer.allocUnsafe(HEADER_BYTES + bytes.length);
  message.writeUInt8(channel, 0);
  message.writeUInt32BE(bytes.length, 1);
  message.set(bytes, HEADER_BYTES);
  return message;
}

export interface ChannelDecoder {
  /** Visits every message that this chunk completes. */
  feed(chunk: Uint8Array, visit: (channel: number, bytes: Buffer) => void): void;
  /** True between messages: the body may end here. */
  isAtBoundary(): boolean;
}

export function createChannelDecoder(maxBytes = MAX_CHANNEL_BYTES): ChannelDecoder {
  const header = Buffer.alloc(HEADER_BYTES);
  let headerFilled = 0;
  let body: Buffer | undefined;
  let bodyFilled = 0;

  function fillHeader(chunk: Uint8Array, offset: number): number {
    const part = chunk.subarray(offset, offset + HEADER_BYTES - headerFilled);
    header.set(part, headerFilled);
    headerFilled += part.length;
    if (headerFilled === HEADER_BYTES) begin(header.readUInt32BE(1));
    return offset + part.length;
  }

  function begin(length: number): void {
    if (length > maxBytes) {
      throw new TunnelError('protocol_error', `Channel message exceeds ${maxBytes} bytes`);
    }
    body = Buffer.allocUnsafe(length);
    bodyFilled = 0;
  }

  return {
    feed(chunk, visit) {
      let offset = 0;
      while (offset < chunk.length) {
        if (!body) offset = fillHeader(chunk, offset);
        if (!body) return;
        const part = chunk.subarray(offset, offset + body.length - bodyFilled);
        body.set(part, bodyFilled);
        bodyFilled += part.length;
        offset += part.length;
        if (bodyFilled < body.length) return;
        const complete = body;
        body = undefined;
        headerFilled = 0;
        visit(header.readUInt8(0), complete);
      }
    },
    isAtBoundary: () => headerFilled === 0,
  };
}
