import { describe, expect, it } from 'vitest';
import { toCsv } from './csv.ts';

describe('a table for spreadsheets', () => {
  it('keeps quotes, commas and lines within their cells', () => {
    expect(toCsv([['a "b", c', 'd\ne', 1.5]])).toBe('"a ""b"", c","d\ne",1.5\r\n');
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '  =HYPERLINK("http://x")'])(
    'makes no formula of %j',
    (text) => {
      expect(toCsv([[text]]).startsWith('"\'')).toBe(true);
    },
  );
});
