import { describe, expect, it } from 'vitest';
import { isWithin, readDomainName } from './domain-name.ts';

const LONGEST = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(48)}.de`;

describe('readDomainName', () => {
  it.each([
    ['shop.example.org', 'shop.example.org'],
    [' Shop.EXAMPLE.org. ', 'shop.example.org'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['BÜCHER.example', 'xn--bcher-kva.example'],
    ['bu\u0308cher.example', 'xn--bcher-kva.example'],
    ['shop。example．org', 'shop.example.org'],
    ['sh\u00adop.example.org', 'shop.example.org'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    [LONGEST, LONGEST],
  ])('%s is %s', (typed, name) => {
    expect(readDomainName(typed)).toEqual({ ok: true, name });
  });

  it('shows what looks like another name to be another one', () => {
    expect(readDomainName('shоp.example.org')).toEqual({
      ok: true,
      name: 'xn--shp-ted.example.org',
    });
  });

  it.each([
    ['*.example.org', 'many names'],
    ['＊.example.org', 'not a domain name'],
    ['https://shop.example.org', 'alone'],
    ['shop.example.org/path', 'alone'],
    ['shop.example.org:443', 'alone'],
    ['ada@shop.example.org', 'alone'],
    ['shop.example.org\n.evil.example', 'alone'],
    ['[::1]', 'alone'],
    ['::1', 'alone'],
    ['', 'alone'],
    ['x'.repeat(300), 'alone'],
    [`a${LONGEST}`, 'not a domain name'],
    [`e.${LONGEST}`, 'too long'],
    ['shop.example.org..', 'not a domain name'],
    ['.example.org', 'not a domain name'],
    ['sh_op.example.org', 'not a domain name'],
    ['-shop.example.org', 'not a domain name'],
    ['xn--a.example.org', 'not a domain name'],
    ['127.0.0.1', 'address'],
    ['127.1', 'address'],
    ['0x7f.1', 'address'],
    ['2130706433', 'address'],
    ['１２７.0.0.1', 'address'],
    ['localhost', 'no public name'],
    ['shop.localhost.', 'no public name'],
    ['control-plane.internal', 'no public name'],
    ['org', 'no public name'],
  ])('%j is refused: %s', (typed, fault) => {
    expect(readDomainName(typed)).toMatchObject({
      ok: false,
      fault: expect.stringContaining(fault),
    });
  });
});

it('a name is within itself and what is above it, not within what ends alike', () => {
  expect(isWithin('a.example.org', 'example.org')).toBe(true);
  expect(isWithin('example.org', 'example.org')).toBe(true);
  expect(isWithin('evilexample.org', 'example.org')).toBe(false);
});
