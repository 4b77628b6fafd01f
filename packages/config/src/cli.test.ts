import { describe, expect, it } from 'vitest';
import { parsePreferences, PreferencesError } from './cli.ts';

describe('preferences', () => {
  it.each([
    ['', {}],
    ['# only a comment', {}],
    [
      'server: https://flow.example.com\noutput: json\nbrowser: false',
      { server: 'https://flow.example.com', output: 'json', browser: false },
    ],
  ])('of %j are read', (text, expected) => {
    expect(parsePreferences(text)).toEqual(expected);
  });

  it.each([
    ['server: ftp://x', "'server'"],
    ['output: xml', "'output'"],
    ['browser: 1', "'browser'"],
    ['token: secret-value', 'token'],
    ['text', 'is not valid'],
    ['a: [', 'is not valid'],
    ['a: &x [*x, *x]', 'is not valid'],
  ])('of %j are refused, naming the place', (text, message) => {
    expect(() => parsePreferences(text)).toThrow(PreferencesError);
    expect(() => parsePreferences(text)).toThrow(message);
    expect(() => parsePreferences(text)).not.toThrow('secret-value');
  });
});
