import { StringDecoder } from 'node:string_decoder';

/** createLineReader takes bytes as they come and returns the lines that they complete; a line that is too long throws. */
export function createLineReader(maxCharacters: number): (chunk: Uint8Array) => string[] {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  return (chunk) => {
    const lines = (rest + decoder.write(Buffer.from(chunk))).split('\n');
    rest = lines.pop() ?? '';
    if ([rest, ...lines].some(({ length }) => length > maxCharacters))
      throw new Error('The other end sent a line that is too long');
    return lines;
  };
}
