import { describe, expect, it } from 'vitest';
import { nameFault, readableName } from './name.ts';

describe('the name of something', () => {
  it.each([
    'Shop',
    'Zoë O’Neill-Łukasz',
    '日本語 葛\u{e0100}城',
    'नमस्ते क्\u200dष',
    'می\u200cخواهم',
    'שָׁלוֹם',
    'ไม่ดี',
    '👩\u200d🔬 ❤\ufe0f 🇪🇺',
    'Straße 5 — “quoted”',
  ])('may be %s', (name) => {
    expect(nameFault(name)).toBeUndefined();
    expect(readableName(name)).toBe(name);
  });

  it.each([
    ['a line break', 'a\r\nBcc: b', 'a Bcc: b'],
    ['a control of terminals', 'a\x1b[2Jb', 'a [2Jb'],
    ['one of eight bits', 'a\x9b2Jb', 'a 2Jb'],
    ['letters in another direction', 'invoice\u202egnp.exe', 'invoice gnp.exe'],
    ['an isolate', 'a\u2067b', 'a b'],
    ['what has no width', 'ad\u200bmin', 'ad min'],
    ['a line separator', 'a\u2028b', 'a b'],
    ['a letter of nothing', '\u3164', '?'],
    ['a joiner of nothing', '\u200d', '?'],
    ['empty Braille', '\u2800', '?'],
    ['a pile of marks', `Z${'\u0301'.repeat(250)}`, `Z${'\u0301'.repeat(8)}`],
    ['a row of joiners', `a${'\u200d'.repeat(9)}b`, `a${'\u200d'.repeat(8)}b`],
  ])('is not %s', (_what, name, readable) => {
    expect(nameFault(name)).toBeDefined();
    expect(readableName(name)).toBe(readable);
    expect(readableName(readable)).toBe(readable);
  });
});
