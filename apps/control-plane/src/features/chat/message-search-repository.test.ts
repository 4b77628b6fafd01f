import { describe, expect, it } from 'vitest';
import { toPieces, toTextQuery } from './message-search-repository.ts';

describe('text query', () => {
  it.each([
    ['guest', "'guest':*"],
    ['  larger  title ', "'larger':* & 'title':*"],
    ["server.js & d'accord", "'server.js':* & 'd''accord':*"],
    ['back\\slash', "'back\\\\slash':*"],
    ['!! & |', undefined],
    ['', undefined],
  ])('of %j is %j', (words, query) => {
    expect(toTextQuery(words)).toBe(query);
  });
});

describe('excerpt', () => {
  it('comes in pieces, so that nothing in a message is taken for markup', () => {
    expect(toPieces('a <b>\u0001larger\u0002 title')).toEqual([
      { text: 'a <b>', isHit: false },
      { text: 'larger', isHit: true },
      { text: ' title', isHit: false },
    ]);
  });
});
