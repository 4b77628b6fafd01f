import { Buffer } from 'node:buffer';

const HEADER_BYTES = 8;
const SIZE_OFFSET = 4;
/** Engines write what they read at once, which is a few KiB. */
const MAX_FRAME_BYTES = 16 * 1024 ** 2;

/** framesOf yields what a container wrote, on both of its outputs, without the frames that the engine puts around it. */
export async function* framesOf(stream: AsyncIterable<Buffer | string>): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0);
  for await (const chunk of stream) {
    rest = Buffer.concat([rest, Buffer.from(chunk)]);
    while (rest.length >= HEADER_BYTES) {
      const end = HEADER_BYTES + rest.readUInt32BE(SIZE_OFFSET);
      if (end > MAX_FRAME_BYTES) throw new Error('The engine tells of a frame that is too large');
      if (rest.length < end) break;
      yield rest.subarray(HEADER_BYTES, end);
      rest = rest.subarray(end);
    }
  }
}
