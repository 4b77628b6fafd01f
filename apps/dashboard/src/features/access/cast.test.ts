import { describe, expect, it } from 'vitest';
import { shownAt, sizeOf, timesOf } from './cast.ts';
import { parseCast } from './load-cast.ts';

const TEXT = [
  '{"version":2,"width":90,"height":30}',
  '[0.5,"o","one"]',
  '[10,"r","100x40"]',
  '[10,"i","typed"]',
  '[11,"m","Damaged: a piece cannot be read"]',
  '',
].join('\n');

describe('a recording', () => {
  it('is read with its sizes and marks; what is unknown is passed over', () => {
    const cast = parseCast(TEXT);

    expect(cast).toMatchObject({ cols: 90, rows: 30 });
    expect(cast.events.map(({ seconds, code }) => [seconds, code])).toEqual([
      [0.5, 'o'],
      [10, 'r'],
      [11, 'm'],
    ]);
  });

  it('is as long as it was, or with short pauses', () => {
    const { events } = parseCast(TEXT);

    expect(timesOf(events, { skipsIdle: false })).toEqual({ times: [0.5, 10, 11], duration: 11 });
    expect(timesOf(events, { skipsIdle: true })).toEqual({ times: [0.5, 2.5, 3.5], duration: 3.5 });
  });

  it('is searched for what was shown, also where colours or pieces cut it', () => {
    const cast = parseCast(
      [
        '{"version":2,"width":90,"height":30}',
        '[1,"o","a \\u001b[31mNee\\u001b[0mdle"]',
        '[2,"o","in the hay"]',
        '[3,"o","stack, a nee"]',
        '[4,"o","dle"]',
      ].join('\n'),
    );

    expect(shownAt(cast, [1, 2, 3, 4], 'needle')).toEqual([1, 4]);
    expect(shownAt(cast, [1, 2, 3, 4], 'haystack')).toEqual([3]);
    expect(shownAt(cast, [1, 2, 3, 4], 'a')).toEqual([1, 2, 3]);
    expect(shownAt(cast, [1, 2, 3, 4], '')).toEqual([]);
  });

  it.each([
    ['100x40', { cols: 100, rows: 40 }],
    ['0x40', undefined],
    ['99999x40', undefined],
    ['x', undefined],
  ])('has size %s', (data, size) => {
    expect(sizeOf(data)).toEqual(size);
  });
});
