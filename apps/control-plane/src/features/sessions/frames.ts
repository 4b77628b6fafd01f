/** What a recording is made of: when, what, and its bytes. */
export const FRAME = { header: 1, output: 2, resize: 3, end: 4 } as const;

export interface Frame {
  /** Since the recording began. */
  readonly atMs: number;
  readonly kind: number;
  readonly payload: Buffer;
}

const TIME_BYTES = 6;
const HEAD_BYTES = TIME_BYTES + 1 + 4;

export function encodeFrame({ atMs, kind, payload }: Frame): Buffer {
  const encoded = Buffer.allocUnsafe(HEAD_BYTES + payload.length);
  encoded.writeUIntBE(atMs, 0, TIME_BYTES);
  encoded.writeUInt8(kind, TIME_BYTES);
  encoded.writeUInt32BE(payload.length, TIME_BYTES + 1);
  payload.copy(encoded, HEAD_BYTES);
  return encoded;
}

/** decodeFrames throws RangeError where the bytes end within a frame. */
export function decodeFrames(bytes: Buffer): Frame[] {
  const frames: Frame[] = [];
  for (let at = 0; at < bytes.length;) {
    const payloadBytes = bytes.readUInt32BE(at + TIME_BYTES + 1);
    const start = at + HEAD_BYTES;
    if (start + payloadBytes > bytes.length) throw new RangeError('A frame is cut');
    frames.push({
      atMs: bytes.readUIntBE(at, TIME_BYTES),
      kind: bytes.readUInt8(at + TIME_BYTES),
      payload: bytes.subarray(start, start + payloadBytes),
    });
    at = start + payloadBytes;
  }
  return frames;
}
