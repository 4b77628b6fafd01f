import { Terminal } from '@xterm/headless';
import { describe, expect, it } from 'vitest';
import { createScreen } from './screen.ts';

const SIZE = { cols: 40, rows: 10 };
const MARK = '\u0301';

function emptyTerminal(): Terminal {
  return new Terminal({ ...SIZE, scrollback: 5_000, allowProposedApi: true });
}

function print(terminal: Terminal, text: string | Buffer): Promise<void> {
  return new Promise((resolve) => terminal.write(text, resolve));
}

/** All that a person could see of it, and what the next output depends on. */
function stateOf({ buffer, modes }: Terminal) {
  const { active, normal } = buffer;
  const linesOf = (from: typeof active) =>
    Array.from({ length: from.length }, (_, row) => from.getLine(row)?.translateToString(true));
  return {
    ...{ type: active.type, modes, lines: linesOf(active), kept: linesOf(normal) },
    cursor: [active.baseY, active.cursorY, active.cursorX],
  };
}

async function drawnAgain(output: string | Buffer, options = { history: true }): Promise<Terminal> {
  const screen = createScreen({ ...SIZE, onAnswer: () => undefined });
  await screen.write(Buffer.from(output), true);
  const drawn = emptyTerminal();
  await print(drawn, await screen.snapshot(options));
  return drawn;
}

const ALTERNATE = '$ vim\r\n\x1b[?1049h\x1b[H\x1b[2J';
const CASES: [name: string, output: string, later: string][] = [
  ['a prompt', '$ ls\r\na  b\r\n$ ', 'cd'],
  ['more than the screen', 'line\r\n'.repeat(60) + '$ ', 'ls\r\n'],
  ['colours that go on', '\x1b[1;31mred', ' still red\x1b[0m plain'],
  ['an editor', `${ALTERNATE}~\r\n~\r\n\x1b[3;7Htext`, '\x1b[?1049l$ '],
  ['the cursor in the middle', `${ALTERNATE}\x1b[5;5H`, 'here'],
  ['lines that scroll alone', `${ALTERNATE}top\x1b[2;9r\x1b[9;1Hlast`, '\r\nnext\r\nnext'],
  ['positions within them', `${ALTERNATE}\x1b[3;8r\x1b[?6h\x1b[2;2H`, 'x\x1b[1;1Hfirst'],
  ['keys, paste, mouse, focus', '\x1b[?1h\x1b=\x1b[?2004h\x1b[?1002h\x1b[?1004h', 'x'],
  ['wide characters', '漢字 and 👩‍💻\r\n', 'more'],
];

describe('screen', () => {
  it.each(CASES)('is drawn again, and goes on as before: %s', async (_, output, later) => {
    const original = emptyTerminal();
    original.loadAddon(new (await import('@xterm/addon-unicode11')).Unicode11Addon());
    original.unicode.activeVersion = '11';
    await print(original, output);

    const drawn = await drawnAgain(output);
    expect(stateOf(drawn)).toEqual(stateOf(original));
    await print(original, later);
    await print(drawn, later);

    expect(stateOf(drawn)).toEqual(stateOf(original));
  });

  it.each([
    ['a hidden cursor', '\x1b[?25l', '\x1b[?25l'],
    ['how the mouse is told', '\x1b[?1000;1006h', '\x1b[?1006h'],
    ['the shape of the cursor', '\x1b[5 q', '\x1b[5 q'],
    ['the title', '\x1b]0;vim\x07', '\x1b]2;vim\x07'],
  ])('keeps %s', async (_, output, part) => {
    const screen = createScreen({ ...SIZE, onAnswer: () => undefined });
    await screen.write(Buffer.from(output), true);

    expect(await screen.snapshot({ history: true })).toContain(part);
    await screen.write(Buffer.from('\x1bc\x1b[?1006l\x1b]0;\x07'), true);
    expect(await screen.snapshot({ history: true })).not.toContain(part);
  });

  it('leaves out what scrolled out of it where that is not wanted', async () => {
    const drawn = await drawnAgain('line\r\n'.repeat(60), { history: false });

    expect(drawn.buffer.active.baseY).toBe(0);
    expect(drawn.buffer.active.getLine(8)?.translateToString(true)).toBe('line');
  });

  it('ends a flood with its last lines, as a terminal that read all of it', async () => {
    const coloured = Array.from({ length: 20_000 }, (_, line) => `\x1b[3${line % 8}m${line}\r\n`);
    const plain = Array.from({ length: 300_000 }, (_, line) => `line ${line} of many\r\n`);
    const output = `${coloured.join('')}\x1b[0m${plain.join('')}$ `;

    const drawn = await drawnAgain(output);

    const { active } = drawn.buffer;
    expect(active.length).toBe(5_000 + SIZE.rows);
    expect(active.getLine(0)?.translateToString(true)).toBe(
      `line ${300_000 - active.length + 1} of many`,
    );
    expect([active.cursorY, active.cursorX]).toEqual([SIZE.rows - 1, 2]);
  });

  it.each([
    ['moves lines for hours', 'bLMSTIZ'.replace(/./g, '\x1b[2147483647$&'), 'ab'],
    ['repeats a letter with thousands of marks', `\x1b[2Ja${MARK.repeat(1e5)}\x1b[40b`, undefined],
    ['has a title without end', `\x1b]2;${'x'.repeat(1e5)}\x07`, 'ab'],
  ])('is not kept busy by output that %s', async (_, hostile, shown) => {
    const screen = createScreen({ ...SIZE, onAnswer: () => undefined });
    await screen.write(Buffer.from(`a${hostile}b`), true);

    const drawn = await screen.snapshot({ history: false });

    expect(drawn.length).toBeLessThan(10_000);
    if (shown) expect(drawn).toContain(shown);
  });

  it('lets a letter carry the marks that languages have', async () => {
    const letter = `e${MARK.repeat(4)}`;
    const drawn = await drawnAgain(`${letter}x`);

    expect(drawn.buffer.active.getLine(0)?.getCell(0)?.getChars()).toBe(letter);
    expect(drawn.buffer.active.cursorX).toBe(2);
  });

  it('answers what a program asks as long as no terminal saw it', async () => {
    const answers: string[] = [];
    const screen = createScreen({ ...SIZE, onAnswer: (bytes) => answers.push(String(bytes)) });

    void screen.write(Buffer.from('one\x1b[6n'), true);
    void screen.write(Buffer.from('\r\ntwo\x1b[6n'), false);
    void screen.write(Buffer.from('\x1b[c'), true);
    await screen.snapshot({ history: true });

    expect(answers).toEqual(['\x1b[2;4R']);
  });

  it('draws no question of a program again', async () => {
    const screen = createScreen({ ...SIZE, onAnswer: () => undefined });
    await screen.write(Buffer.from('ask\x1b[6n\x1b[c\x1b[>q\x1b]11;?\x07'), true);

    expect(await screen.snapshot({ history: true })).toBe('ask\x1b[1;4H');
  });
});
