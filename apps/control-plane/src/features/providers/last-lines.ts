import type { Readable } from 'node:stream';
import { createLineCutter } from '../../lib/line-cutter.ts';

export const LAST_LINES = 20;
const MAX_LINE_CHARACTERS = 500;

/** keepLastLines adds the lines of a stream as they come, and takes away those that are too old. */
export function keepLastLines(stream: Readable, lines: string[]): void {
  const cutter = createLineCutter(MAX_LINE_CHARACTERS, (line) => {
    lines.push(line);
    if (lines.length > LAST_LINES) lines.shift();
  });
  stream.setEncoding('utf8').on('data', cutter.write).once('end', cutter.end);
}
