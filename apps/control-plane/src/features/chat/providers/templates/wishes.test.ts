import { describe, expect, it } from 'vitest';
import { wishesOf } from './wishes.ts';

describe('wishesOf', () => {
  it.each([
    [
      'Make it blue and add a field , then rename it. Remove the footer\n\nset the title',
      [
        'Make it blue',
        ' and add a field',
        ' , then rename it',
        '. Remove the footer',
        '\n\nset the title',
      ],
    ],
    ['We bake and roast', ['We bake and roast']],
  ])('takes %j apart', (request, wishes) => {
    expect(wishesOf(request)).toEqual(wishes);
  });

  it.each(['\n', ' ', ' \n', '\n,', 'and '])('looks once at thousands of %j', (piece) => {
    const request = `a${piece.repeat(20_000 / piece.length)}b`;

    expect(wishesOf(request).join('')).toBe(request);
  });
});
