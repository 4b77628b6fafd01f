import { StringDecoder } from 'node:string_decoder';
import { createLineCutter } from './line-cutter.ts';

const MAX_LINE_CHARACTERS = 4_000;

/** createLineSplitter hands over whole lines; what overwrites itself with carriage returns counts as lines too. */
export function createLineSplitter(onLine: (line: string) => void) {
  const decoder = new StringDecoder('utf8');
  const cutter = createLineCutter(MAX_LINE_CHARACTERS, (line) => {
    const text = line.trimEnd();
    if (text !== '') onLine(text);
  });
  return {
    push: (bytes: Buffer) => cutter.write(decoder.write(bytes).replaceAll('\r', '\n')),
    end: cutter.end,
  };
}
