import { describe, expect, it } from 'vitest';
import { toCsvLine } from './csv.ts';

describe('a table for spreadsheets', () => {
  it('keeps quotes, commas and lines within their cells', () => {
    expect(toCsvLine(['a "b", c', 'd\ne', 1.5, null])).toBe('"a ""b"", c","d\ne",1.5,\r\n');
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '＝1+1', '  =HYPERLINK("http://x")'])(
    'makes no formula of %j',
    (text) => {
      expect(toCsvLine([text]).startsWith('"\'')).toBe(true);
    },
  );
});
