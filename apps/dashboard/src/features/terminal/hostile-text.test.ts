import { describe, expect, it } from 'vitest';
import { linkQuestion, pastedText } from './hostile-text.ts';

function paste(text: string) {
  return pastedText({ clipboardData: { getData: () => text } });
}

describe('pasted text', () => {
  it('cannot end the paste, nor press other keys', () => {
    expect(paste('echo \x1b[201~\x9b201~\rmore\x03\x15\x7f')).toBe('echo [201~201~\rmore');
  });

  it('keeps tabs, line ends and all letters', () => {
    expect(paste('if x:\r\n\tgröße 🙂\n')).toBe('if x:\r\n\tgröße 🙂\n');
  });
});

describe('the question before a link', () => {
  it.each([
    ['https://good.example@evil.example/x', 'evil.example'],
    ['https://gооd.example/', 'xn--gd-fmca.example'],
    ['https://evil.example/\u202emoc.doog//:sptth', 'evil.example'],
  ])('names the host of %s', (uri, host) => {
    const question = linkQuestion(uri);

    expect(question).toContain(`leads to ${host},`);
    expect(question).not.toContain('\u202e');
  });
});
