import { describe, expect, it } from 'vitest';
import { createMask } from './known-values.ts';

const VALUE = 'k3y/with+"odd" ch@rs';
const mask = createMask([
  { name: 'API_KEY', value: VALUE },
  { name: 'LONGER', value: `${VALUE}-and-more` },
  { name: 'SHORT', value: 'seven77' },
  { name: 'PEM', value: '-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQ\n-----END KEY-----' },
]);

describe('createMask', () => {
  it.each([
    ['as it is', `key=${VALUE}.`, 'key=[API_KEY].'],
    ['in a URL', `?k=${encodeURIComponent(VALUE)}&x=1`, '?k=[API_KEY]&x=1'],
    ['in JSON', JSON.stringify({ a: VALUE, b: 1 }), '{"a":"[API_KEY]","b":1}'],
    ['twice', `${VALUE}${VALUE}`, '[API_KEY][API_KEY]'],
    ['with a longer one', `${VALUE}-and-more`, '[LONGER]'],
    ['a line of it', 'x MIIEvQIBADANBgkqhkiG9w0BAQ y', 'x [PEM] y'],
    ['alone', VALUE, '[API_KEY]'],
  ])('hides a value %s', (_, text, expected) => {
    expect(mask(text)).toBe(expected);
  });

  it.each(['', 'a', 'ab', 'someone:'])('hides a value in base64 after "%s"', (before) => {
    for (const alphabet of ['base64', 'base64url'] as const) {
      const text = Buffer.from(`${before}${VALUE}`).toString(alphabet);
      const shown = mask(text);
      expect(shown).toContain('[API_KEY]');
      expect(shown.replace('[API_KEY]', '').length).toBeLessThanOrEqual(before.length * 2 + 6);
    }
  });

  it('leaves other texts and short values alone', () => {
    const text = 'seven77 is an ordinary word, and so is k3y/with';
    expect(mask(text)).toBe(text);
    expect(createMask([])(text)).toBe(text);
  });

  it('finds every value at every place of a text', () => {
    const values = Array.from({ length: 60 }, (_, n) => ({
      name: `N${n}`,
      value: `${(n * 7919).toString(36)}-secret-${n}-${'x'.repeat(n)}`,
    }));
    const all = createMask(values);
    for (const { name, value } of values)
      for (let before = 0; before < 20; before += 1)
        expect(all(`${'ab '.repeat(before)}${value} end`)).toBe(
          `${'ab '.repeat(before)}[${name}] end`,
        );
  });
});
