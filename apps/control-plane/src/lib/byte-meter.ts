import { createHash } from 'node:crypto';
import { Transform } from 'node:stream';

/** createMeter passes bytes on, and tells how many they were and their sum. */
export function createMeter(): {
  readonly stream: Transform;
  facts(): { sizeBytes: number; sha256: string };
} {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sizeBytes += chunk.length;
      hash.update(chunk);
      done(null, chunk);
    },
  });
  return { stream, facts: () => ({ sizeBytes, sha256: hash.digest('hex') }) };
}
