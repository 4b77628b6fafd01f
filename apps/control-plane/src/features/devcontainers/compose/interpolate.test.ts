import { describe, expect, it } from 'vitest';
import { interpolate } from './interpolate.ts';

const PLACE = { file: 'compose.yaml', line: 3, column: 5 };
const VARIABLES = { NAME: 'ada', EMPTY: '', OTHER: undefined, _1: 'x' };

function replaced(text: string): { text: string; missing: string[] } {
  const missing: string[] = [];
  const onMissing = (name: string) => void missing.push(name);
  return { text: interpolate(text, PLACE, { variables: VARIABLES, onMissing }), missing };
}

describe('a text', () => {
  it.each([
    ['nothing to replace', 'nothing to replace'],
    ['$NAME and ${NAME}, $_1.', 'ada and ada, x.'],
    ['$NAMES', '', ['NAMES']],
    ['$$NAME costs $$1, $$', '$NAME costs $1, $'],
    ['$$$NAME', '$ada'],
    ['${NAME-b} ${EMPTY-b} ${GONE-b}', 'ada  b'],
    ['${NAME:-b} ${EMPTY:-b} ${GONE:-b}', 'ada b b'],
    ['${NAME+b} ${EMPTY+b} ${GONE+b}', 'b b '],
    ['${NAME:+b} ${EMPTY:+b} ${GONE:+b}', 'b  '],
    ['${NAME?no} ${EMPTY?no}', 'ada '],
    ['${GONE:-${EMPTY:-{"a": $NAME}}}!', '{"a": ada}!'],
    ['${NAME:-$GONE}', 'ada'],
    ['${OTHER} ${toString}', ' ', ['OTHER', 'toString']],
  ])('%s becomes %s', (text, expected, missing: string[] = []) => {
    expect(replaced(text)).toEqual({ text: expected, missing });
  });

  it.each([
    ['costs $1', 'stands for nothing'],
    ['$', 'stands for nothing'],
    ['${NAME', 'without its }'],
    ['${1}', 'names no variable'],
    ['${NAME/a/b}', 'not understood'],
    ['${GONE?say who}', 'the variable "GONE" is required: say who'],
    ['${EMPTY:?}', 'the variable "EMPTY" is required: it is not set'],
  ])('%s is refused', (text, reason) => {
    expect(() => replaced(text)).toThrow(reason);
  });

  it('may be long', () => {
    expect(replaced('$$'.repeat(100_000)).text).toBe('$'.repeat(100_000));
  });

  it('that stands in itself without end is refused at once', () => {
    const deep = (levels: number) => `${'${GONE:-'.repeat(levels)}x${'}'.repeat(levels)}`;

    expect(replaced(deep(20)).text).toBe('x');
    expect(() => replaced(deep(200_000))).toThrow('too deep within each other');
  });
});
