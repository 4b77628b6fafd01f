import { expect, it } from 'vitest';
import { bytesOf } from './images.mjs';

it.each([
  ['21900000', 21_900_000],
  ['0 B', 0],
  ['3.58 kB', 3_580],
  ['21.9 MB', 21_900_000],
  ['1.2 GB', 1_200_000_000],
])('%s of an engine is %d bytes', (text, bytes) => {
  expect(bytesOf(text)).toBe(bytes);
});

it('takes nothing else for a size', () => {
  expect(() => bytesOf('some')).toThrow("'some'");
});
