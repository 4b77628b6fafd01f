import { describe, expect, it } from 'vitest';
import { formatAddress, readLocals, readRemotes } from './forward-spec.ts';

describe('readLocals', () => {
  it.each([
    ['3000', [{ bind: undefined, localPort: 3000, port: 3000 }]],
    ['8080:3000', [{ bind: undefined, localPort: 8080, port: 3000 }]],
    ['0:3000', [{ bind: undefined, localPort: 0, port: 3000 }]],
    ['0.0.0.0:8080:3000', [{ bind: '0.0.0.0', localPort: 8080, port: 3000 }]],
    ['[::]:8080:3000', [{ bind: '::', localPort: 8080, port: 3000 }]],
    ['localhost:8080:3000', [{ bind: 'localhost', localPort: 8080, port: 3000 }]],
    [
      '1:2, 3',
      [
        { bind: undefined, localPort: 1, port: 2 },
        { bind: undefined, localPort: 3, port: 3 },
      ],
    ],
  ])('reads %s', (text, forwards) => {
    expect(readLocals(text)).toEqual(forwards);
  });

  it.each([
    '',
    'http',
    ':3000',
    '3000:',
    '0',
    '65536',
    '1:0',
    '-1:3000',
    '::1:80:3000',
    'a:b:c:80:1',
    '1,,2',
  ])('refuses %j', (text) => {
    expect(() => readLocals(text)).toThrow();
  });

  it('adds to what was said before', () => {
    expect(readLocals('2', readLocals('1')).map(({ port }) => port)).toEqual([1, 2]);
  });
});

describe('readRemotes', () => {
  it.each([
    ['9000:localhost:3000', { remotePort: 9000, host: 'localhost', port: 3000 }],
    ['0:db.example:5432', { remotePort: 0, host: 'db.example', port: 5432 }],
    ['9000:[::1]:3000', { remotePort: 9000, host: '::1', port: 3000 }],
  ])('reads %s', (text, forward) => {
    expect(readRemotes(text)).toEqual([forward]);
  });

  it.each(['', '9000', '9000:3000', '9000::3000', '9000:localhost:0', 'x:localhost:1'])(
    'refuses %j',
    (text) => {
      expect(() => readRemotes(text)).toThrow();
    },
  );
});

describe('formatAddress', () => {
  it('puts brackets around addresses with colons', () => {
    expect([formatAddress('127.0.0.1', 80), formatAddress('::1', 80)]).toEqual([
      '127.0.0.1:80',
      '[::1]:80',
    ]);
  });
});
