import { describe, expect, it } from 'vitest';
import { parseEnvFile } from './env-file.ts';

function parse(text: string) {
  return parseEnvFile('.env', text);
}

describe('an env file', () => {
  it.each([
    ['A=1', { A: '1' }],
    ['export  A = one two  # a comment', { A: 'one two' }],
    ['A=b=c#d', { A: 'b=c#d' }],
    ["A='x # y' # z", { A: 'x # y' }],
    ['A="x\\n" # z', { A: 'x\n' }],
    ['A', { A: '' }],
    ['# nothing\r\n\r\nA.b=', { 'A.b': '' }],
  ])('means by %j %j', (text, expected) => {
    expect(parse(text)).toEqual(expected);
  });

  it.each(['1A=x', 'A B=x', '=x'])('may not hold %j', (line) => {
    expect(() => parse(line)).toThrow('NAME=value');
  });

  it.each([
    ['spaces', `A=x${' '.repeat(1_000_000)}y`],
    ['spaces before a line end of old', `A=${' '.repeat(500_000)}x\ry${' '.repeat(500_000)}\rz`],
    ['spaces in the name', `export${' '.repeat(1_000_000)}A=x`],
  ])('is read once, also with a million %s', (_case, text) => {
    expect(Object.keys(parse(text))).toEqual(['A']);
  });
});
