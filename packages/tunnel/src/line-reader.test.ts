import { describe, expect, it } from 'vitest';
import { createLineReader } from './line-reader.ts';

describe('createLineReader', () => {
  it('returns lines as they are completed, also where a character is cut in two', () => {
    const read = createLineReader(10);
    const bytes = Buffer.from('ä\nb\nc');

    expect(read(bytes.subarray(0, 1))).toEqual([]);
    expect(read(bytes.subarray(1))).toEqual(['ä', 'b']);
    expect(read(Buffer.from('\n'))).toEqual(['c']);
  });

  it.each(['x'.repeat(11), `${'x'.repeat(11)}\n`])('throws at a line that is too long', (text) => {
    expect(() => createLineReader(10)(Buffer.from(text))).toThrow('too long');
  });
});
