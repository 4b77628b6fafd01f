import { expect, it } from 'vitest';
import { isQueryAnswer } from './query-answers.ts';

it.each([
  ['\x1b[?1;2c', true],
  ['\x1b[>0;276;0c', true],
  ['\x1b[24;80R', true],
  ['\x1b[0n', true],
  ['\x1b[?2026;2$y', true],
  ['\x1b]11;rgb:1c1c/1919/1717\x1b\\', true],
  ['\x1bP>|xterm.js(6.0.0)\x1b\\\x1b[?1;2c', true],
  ['\x1b[I', true],
  ['a', false],
  ['', false],
  ['\x1b', false],
  ['\x1b[A', false],
  ['\x1b[200~pasted\x1b[201~', false],
  ['\x1b[<0;10;10M', false],
  ['\x1b[24;80Rls\r', false],
])('%j is what a terminal says by itself: %s', (text, isAnswer) => {
  expect(isQueryAnswer(Buffer.from(text))).toBe(isAnswer);
});
