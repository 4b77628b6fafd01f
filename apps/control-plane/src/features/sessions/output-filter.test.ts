import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createOutputFilter } from './output-filter.ts';

function filtered(...pieces: string[]): string {
  const filter = createOutputFilter();
  return pieces.map(filter).join('');
}

describe('output of a recording', () => {
  it.each([
    ['text and line ends', 'größe 🙂\r\n\tdone\b'],
    ['colours', '\x1b[1;38;5;208mwarm\x1b[0m \x1b[38:2::1:2:3mexact'],
    ['moves and erasing', '\x1b[2J\x1b[3;4H\x1b[K\x1b[2A\x1b7\x1b8\x1bM'],
    ['the other screen and the cursor', '\x1b[?1049h\x1b[?25l\x1b[?1049l'],
    ['lines of the terminal', '\x1b(0lqk\x1b(B'],
  ])('keeps %s', (_what, text) => {
    expect(filtered(text)).toBe(text);
  });

  it.each([
    ['writes the clipboard', '\x1b]52;c;cm0gLXJmIC8=\x07'],
    ['writes the clipboard, ended otherwise', '\x1b]52;c;cm0gLXJmIC8=\x1b\\'],
    ['writes the clipboard by controls of one character', '\x9d52;c;cm0gLXJmIC8=\x9c'],
    ['names the window', '\x1b]0;owned\x07'],
    ['opens a link', '\x1b]8;;https://evil.example\x07'],
    ['asks what it is', '\x1b[c\x1b[>0c\x1b[6n\x1bZ\x05\x1b[?1$p\x1b[>q\x1b[21t'],
    ['sends device strings', '\x1bP$qm\x1b\\\x1bP+q544e\x1b\\\x1b_Gx\x1b\\\x1b^x\x1b\\'],
    ['reports the mouse and keys', '\x1b[?1000h\x1b[?1006h\x1b[?1004h\x1b[?2004h\x1b[?1h\x1b='],
    ['rings', '\x07'],
    ['takes terminals hours', '\x1b[2147483647M\x1b[99999S'],
  ])('leaves out what %s', (_what, text) => {
    expect(filtered(`a${text}b`)).toBe('ab');
  });

  it('keeps of several modes those that draw', () => {
    expect(filtered('\x1b[?25;1000;1049h')).toBe('\x1b[?25;1049h');
  });

  it('goes on after a string that never ends, at its cancel', () => {
    expect(filtered('a\x1b]52;c;', 'xxx\x18b')).toBe('ab');
  });

  it('does not depend on how the output is cut', () => {
    const part = fc.constantFrom(
      ...['\x1b', ']', '[', '52;c;x', '\x07', '\\', '?', '25', 'h', ';', 'm', 'text', '\x9d'],
      ...['\x9c', 'P', '\x18', 'ü', '🙂', '\n', '(', '0', '$', ' '],
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 40 }), fc.nat(60), (parts, cut) => {
        const text = parts.join('');
        const whole = filtered(text);

        expect(filtered(text.slice(0, cut), text.slice(cut))).toBe(whole);
        expect(filtered(whole)).toBe(whole);
        expect(whole).not.toMatch(/[\x05\x07\x7f\x90\x9b-\x9f]|\x1b[\]P_^X]/);
      }),
    );
  });
});
