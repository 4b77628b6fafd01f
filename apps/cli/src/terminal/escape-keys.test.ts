import { describe, expect, it } from 'vitest';
import { createEscapeKeys } from './escape-keys.ts';

describe('escape keys', () => {
  it.each([
    [['~.'], true],
    [['ls\r~.'], true],
    [['ls\r', '~', '.'], true],
    [['ls\n~.'], true],
    [['a~.'], false],
    [['\r~x.'], false],
    [['\r~', 'x', '.'], false],
    [['\r.~'], false],
    [['cat ~/.profile\r'], false],
    [[''], false],
  ])('typed as %j leave: %s', (chunks, leaves) => {
    const isEscape = createEscapeKeys();

    expect(chunks.some((chunk) => isEscape(Buffer.from(chunk)))).toBe(leaves);
  });
});
