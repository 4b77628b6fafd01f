import { expect, it } from 'vitest';
import { createScreenWatch } from './screen-watch.ts';

const LEAVE = '\x1b[?1049l';

it.each([
  ['nothing', [], false],
  ['plain output', ['$ ls\r\n'], false],
  ['an open editor', ['\x1b[?1049h\x1b[2J~'], true],
  ['an editor that was left', ['\x1b[?1049h~', '\x1b[?1049l$ '], false],
  ['an editor opened and left at once', ['\x1b[?1049h~\x1b[?1049l$ '], false],
  ['a pager after an editor', ['\x1b[?1049h~\x1b[?1049l$ less\r\n\x1b[?1049h'], true],
  ['the switch in pieces', ['$ vi\r\n\x1b[?', '10', '49', 'h~'], true],
  ['a switch cut before its last byte', ['\x1b[?1049h~\x1b[?1049', 'l$ '], false],
])('leaves the alternate screen only where it is shown: %s', (_, outputs, isAlternate) => {
  const watch = createScreenWatch();
  for (const output of outputs) watch.see(Buffer.from(output));

  expect(watch.restore().includes(LEAVE)).toBe(isAlternate);
});

it('ends the modes of a program that could not do it itself, and begins a new line', () => {
  const restored = createScreenWatch().restore();

  expect(restored).toContain('\x1b[?25h');
  expect(restored).toContain('\x1b[?2004l');
  expect(restored.endsWith('\r\n')).toBe(true);
});
