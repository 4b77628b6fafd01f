import { readWaiting } from './read-waiting.ts';

/** The echo of a key is shorter, and nothing waits behind it. */
const FLOOD_BYTES = 2 * 1024;
const gulp = Buffer.allocUnsafeSlow(64 * 1024);

/**
 * readFlood takes what waits behind a long piece of a terminal's output: the kernel hands it out in pieces of 4 KiB, and
 * to wait for each costs more than to read it. The answer is good until the next call.
 */
export function readFlood(fd: number, piece: Uint8Array): Uint8Array {
  if (piece.length < FLOOD_BYTES || piece.length > gulp.length) return piece;
  gulp.set(piece);
  let length = piece.length;
  for (let last = length; last >= FLOOD_BYTES && length < gulp.length; length += last)
    last = readWaiting(fd, gulp.subarray(length));
  return gulp.subarray(0, length);
}
