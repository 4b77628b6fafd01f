/**
 * createOutputFilter leaves of recorded output what draws: text, colours, moves of the cursor, and the other screen of
 * full-screen programs. What was recorded may be hostile to whoever plays it. So nothing passes that writes a
 * clipboard, names a window, opens a link, asks the terminal a question, or changes how keys and the mouse report.
 *
 * INVARIANT: how the output is cut into pieces makes no difference.
 */
export function createOutputFilter(): (text: string) => string {
  let state: State = 'text';
  /** The sequence so far, while it may still pass. */
  let sequence = '';

  function take(character: string): string {
    const code = character.charCodeAt(0);
    if (character === '') return '';
    if (state === 'string') {
      state = stringAfter(code);
      return '';
    }
    if (state === 'string-escape') {
      if (character === '\\') {
        state = 'text';
        return '';
      }
      // No end of the string: a sequence of its own, which ends it too.
      begin('escape', ESCAPE);
    }
    if (code === 0x18 || code === 0x1a) return end('');
    if (character === ESCAPE) return begin('escape', character);
    if (C1_AS_ESCAPE[code] !== undefined) {
      begin('escape', ESCAPE);
      return takeEscape(C1_AS_ESCAPE[code]);
    }
    if (state === 'escape') return takeEscape(character);
    if (state === 'csi') return takeCsi(character, code);
    return isDrawn(code) ? character : '';
  }

  function begin(next: State, first: string): string {
    state = next;
    sequence = first;
    return '';
  }

  function end(text: string): string {
    state = 'text';
    sequence = '';
    return text;
  }

  function takeEscape(character: string): string {
    const code = character.charCodeAt(0);
    if (STRINGS.includes(character) && sequence.length === 1) return begin('string', '');
    if (character === '[' && sequence.length === 1) return begin('csi', `${ESCAPE}[`);
    if (code < 0x20) return isDrawn(code) ? character : '';
    if (code < 0x30 && sequence.length < MAX_SEQUENCE) {
      sequence += character;
      return '';
    }
    return end(PASSING_ESCAPES.test(sequence + character) ? sequence + character : '');
  }

  function takeCsi(character: string, code: number): string {
    // Controls within a sequence act at once, as terminals do it.
    if (code < 0x20) return isDrawn(code) ? character : '';
    if (code >= 0x7f) return '';
    if (sequence.length < MAX_SEQUENCE) sequence += character;
    if (code < 0x40) return '';
    return end(sequence.length < MAX_SEQUENCE ? passingCsi(sequence) : '');
  }

  return (text) => {
    let passed = '';
    for (let at = 0; at < text.length; at += 1) {
      if (state === 'text') {
        const start = at;
        at = nextControl(text, start);
        passed += text.slice(start, at);
      }
      passed += take(text.charAt(at));
    }
    return passed;
  };
}

/** Most of what is shown is text, in long pieces. */
function nextControl(text: string, from: number): number {
  CONTROL.lastIndex = from;
  return CONTROL.exec(text)?.index ?? text.length;
}

type State = 'text' | 'escape' | 'csi' | 'string' | 'string-escape';

const CONTROL = /[\x00-\x1f\x7f-\x9f]/g;
const ESCAPE = '\x1b';
const MAX_SEQUENCE = 256;
/** Of DCS, SOS, OSC, PM and APC. */
const STRINGS = 'PX]^_';
/** Controls of one character that stand for two: CSI and the beginnings of strings. */
const C1_AS_ESCAPE: Readonly<Record<number, string>> = {
  0x90: 'P',
  0x98: 'X',
  0x9b: '[',
  0x9d: ']',
  0x9e: '^',
  0x9f: '_',
};
/** Save and restore the cursor, index, next line, tab stop, reverse index, reset, character sets, alignment. */
const PASSING_ESCAPES = /^\x1b(?:[78DEHMc]|[()*+][0-9A-Za-z]|#[34568])$/;
/** Cursor, erasing, scrolling, tabs, insertion, repetition, colours, margins; modes apart. */
const PASSING_CSI =
  /^\x1b\[(?:[\d;]*[@A-MPSXZ`abdefgrsu]|\d*T|[\d;:]*m|\?[\d;]*[JK]|!p|[\d;]* ?[@A])$/;
const MODES = /^\x1b\[(\??)([\d;]*)([hl])$/;
/** Larger than any screen: some terminals count to it. */
const LARGE_NUMBER = /\d{5}/;
/** Insert, new line. */
const ANSI_MODES = ['4', '20'];
/** Origin, wrap, blink, cursor, other screens, synchronized output. */
const PRIVATE_MODES = ['6', '7', '12', '25', '47', '1047', '1048', '1049', '2026'];

function passingCsi(sequence: string): string {
  if (LARGE_NUMBER.test(sequence)) return '';
  const modes = MODES.exec(sequence);
  if (!modes) return PASSING_CSI.test(sequence) ? sequence : '';
  const [, mark = '', numbers = '', action = ''] = modes;
  const known = mark === '?' ? PRIVATE_MODES : ANSI_MODES;
  const passing = numbers.split(';').filter((number) => known.includes(number));
  return passing.length === 0 ? '' : `${ESCAPE}[${mark}${passing.join(';')}${action}`;
}

/** Backspace, tab, line ends, character sets; no bell, no question (ENQ), no delete. */
function isDrawn(code: number): boolean {
  if (code >= 0x20) return code < 0x7f || code > 0x9f;
  return code >= 0x08 && code <= 0x0f;
}

function stringAfter(code: number): State {
  if (code === 0x07 || code === 0x9c || code === 0x18 || code === 0x1a) return 'text';
  return code === 0x1b ? 'string-escape' : 'string';
}
