import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

/** RecordingChain hashes each piece of a recording with all before it, by a key that the database does not have. */
export interface RecordingChain {
  /** What the first piece is hashed with. */
  start(sessionId: string): Buffer;
  next(before: Buffer, piece: { readonly sequence: number; readonly frames: Buffer }): Buffer;
}

export function createRecordingChain(secretKey: string): RecordingChain {
  const key = Buffer.from(hkdfSync('sha256', secretKey, 'spt-flow', 'recordings/v1', 32));
  return {
    start: (sessionId) => createHmac('sha256', key).update(sessionId).digest(),
    next(before, { sequence, frames }) {
      const number = Buffer.alloc(4);
      number.writeUInt32BE(sequence);
      return createHmac('sha256', key).update(before).update(number).update(frames).digest();
    },
  };
}

export function isSameHash(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}
