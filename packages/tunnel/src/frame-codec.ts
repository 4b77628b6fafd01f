import { Buffer } from 'node:buffer';
import { TunnelError } from './types.ts';

/** A frame on the wire: `u32be streamId ‖ u8 type ‖ u24be length ‖ payload`. */
export const FRAME_HEADER_BYTES = 8;

export const FRAME = {
  open: 1,
  head: 2,
  data: 3,
  window: 4,
  end: 5,
  reset: 6,
  ping: 7,
  pong: 8,
  goAway: 9,
} as const;
export type FrameType = (typeof FRAME)[keyof typeof FRAME];

export const MAX_DATA_BYTES = 64 * 1024;
export const MAX_HEAD_BYTES = 1024 * 1024;
/** Trailers may carry a receipt that lists thousands of files. */
export const MAX_TRAILERS_BYTES = 4 * 1024 * 1024;
export const MAX_NOTICE_BYTES = 4 * 1024;

export interface Frame {
  readonly streamId: number;
  readonly type: FrameType;
  readonly payload: Uint8Array;
}

interface FrameRule {
  readonly type: FrameType;
  readonly minBytes: number;
  readonly maxBytes: number;
  /** Frames about the whole tunnel carry stream id 0, all others never do. */
  readonly ofTunnel: boolean;
}

const RULES: readonly (FrameRule | undefined)[] = [
  undefined,
  { type: FRAME.open, minBytes: 1, maxBytes: MAX_HEAD_BYTES, ofTunnel: false },
  { type: FRAME.head, minBytes: 1, maxBytes: MAX_HEAD_BYTES, ofTunnel: false },
  { type: FRAME.data, minBytes: 1, maxBytes: MAX_DATA_BYTES, ofTunnel: false },
  { type: FRAME.window, minBytes: 4, maxBytes: 4, ofTunnel: false },
  { type: FRAME.end, minBytes: 0, maxBytes: MAX_TRAILERS_BYTES, ofTunnel: false },
  { type: FRAME.reset, minBytes: 1, maxBytes: MAX_NOTICE_BYTES, ofTunnel: false },
  { type: FRAME.ping, minBytes: 8, maxBytes: 8, ofTunnel: true },
  { type: FRAME.pong, minBytes: 8, maxBytes: 8, ofTunnel: true },
  { type: FRAME.goAway, minBytes: 1, maxBytes: MAX_NOTICE_BYTES, ofTunnel: true },
];

export function encodeHeader(streamId: number, type: FrameType, length: number): Uint8Array {
  const header = Buffer.allocUnsafe(FRAME_HEADER_BYTES);
  header.writeUInt32BE(streamId, 0);
  header.writeUInt32BE(((type << 24) | length) >>> 0, 4);
  return header;
}

export function encodeFrame(streamId: number, type: FrameType, payload: Uint8Array): Uint8Array {
  const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + payload.length);
  frame.writeUInt32BE(streamId, 0);
  frame.writeUInt32BE(((type << 24) | payload.length) >>> 0, 4);
  frame.set(payload, FRAME_HEADER_BYTES);
  return frame;
}

/** Throws unless such a frame may exist. */
export function checkHeader(streamId: number, type: number, length: number): FrameType {
  const rule = RULES[type];
  if (!rule) throw protocolError(`Unknown frame type ${type}`);
  if (length < rule.minBytes || length > rule.maxBytes) {
    throw protocolError(`Frame type ${type} with ${length} bytes`);
  }
  if (rule.ofTunnel !== (streamId === 0)) {
    throw protocolError(`Frame type ${type} on stream ${streamId}`);
  }
  return rule.type;
}

/** Encodes a JSON payload; `undefined` is the empty payload. */
export function encodeJson(value: unknown, maxBytes: number): Uint8Array {
  if (value === undefined) return new Uint8Array(0);
  const payload = Buffer.from(JSON.stringify(value));
  if (payload.length > maxBytes) {
    throw new TunnelError('too_large', `JSON of ${payload.length} bytes exceeds ${maxBytes}`);
  }
  return payload;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function decodeJson(payload: Uint8Array): unknown {
  if (payload.length === 0) return undefined;
  try {
    return JSON.parse(utf8.decode(payload));
  } catch (error) {
    throw protocolError('Payload is not JSON', error);
  }
}

export function encodeCredit(bytes: number): Uint8Array {
  const payload = Buffer.allocUnsafe(4);
  payload.writeUInt32BE(bytes);
  return payload;
}

export function decodeCredit(payload: Uint8Array): number {
  return new DataView(payload.buffer, payload.byteOffset, payload.byteLength).getUint32(0);
}

export function protocolError(message: string, cause?: unknown): TunnelError {
  const error = new TunnelError('protocol_error', message);
  if (cause !== undefined) error.cause = cause;
  return error;
}
