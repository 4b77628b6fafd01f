import type { IFunctionIdentifier, Terminal } from '@xterm/headless';

const CURSOR = 25;
/** How the place of the mouse is told; at most one of them. */
const MOUSE_ENCODINGS = [1006, 1016];
const PRIVATE = '?';

type Params = (number | number[])[];

/**
 * watchModes follows what the serializer leaves out: whether the cursor is shown, and how, how the mouse is told, the
 * lines that scroll, the title.
 */
export function watchModes(terminal: Terminal): {
  /** To be written after what the serializer made. */
  restore(): string;
} {
  let isCursorHidden = false;
  let mouseEncoding: number | undefined;
  let cursorStyle = 0;
  let title = '';
  const margins = new Map<string, { top: number; bottom: number }>();
  const reset = () => {
    isCursorHidden = false;
    cursorStyle = 0;
    margins.clear();
  };

  function set(mode: number | number[] | undefined, isOn: boolean): void {
    if (mode === CURSOR) isCursorHidden = !isOn;
    if (typeof mode === 'number' && MOUSE_ENCODINGS.includes(mode))
      mouseEncoding = isOn ? mode : undefined;
  }

  function setMargins([first, last]: Params): void {
    const top = numberOf(first) || 1;
    const bottom = Math.min(numberOf(last) || terminal.rows, terminal.rows);
    if (bottom > top) margins.set(terminal.buffer.active.type, { top, bottom });
  }

  watch({ prefix: PRIVATE, final: 'h' }, (params) => params.forEach((mode) => set(mode, true)));
  watch({ prefix: PRIVATE, final: 'l' }, (params) => params.forEach((mode) => set(mode, false)));
  watch({ intermediates: ' ', final: 'q' }, ([style]) => (cursorStyle = numberOf(style)));
  watch({ final: 'r' }, setMargins);
  watch({ intermediates: '!', final: 'p' }, reset);
  terminal.parser.registerEscHandler({ final: 'c' }, () => {
    reset();
    mouseEncoding = undefined;
    return false;
  });
  terminal.onTitleChange((changed) => (title = changed));
  terminal.onResize(() => margins.clear());

  /** The terminal itself goes on to handle it. */
  function watch(id: IFunctionIdentifier, see: (params: Params) => void): void {
    terminal.parser.registerCsiHandler(id, (params) => {
      see(params);
      return false;
    });
  }

  function restoreMargins(): string {
    const { top, bottom } = marginsNow();
    return top === 1 && bottom === terminal.rows ? '' : `\x1b[${top};${bottom}r`;
  }

  /** The serializer counts from where it believes to be, and margins move the cursor. Past the last column it is right. */
  function restoreCursor(): string {
    const { cursorX, cursorY } = terminal.buffer.active;
    if (cursorX >= terminal.cols) return '';
    const firstRow = terminal.modes.originMode ? marginsNow().top - 1 : 0;
    return `\x1b[${cursorY - firstRow + 1};${cursorX + 1}H`;
  }

  function marginsNow(): { top: number; bottom: number } {
    return margins.get(terminal.buffer.active.type) ?? { top: 1, bottom: terminal.rows };
  }

  return {
    restore: () =>
      [
        restoreMargins(),
        restoreCursor(),
        mouseEncoding === undefined ? '' : `\x1b[?${mouseEncoding}h`,
        cursorStyle === 0 ? '' : `\x1b[${cursorStyle} q`,
        isCursorHidden ? '\x1b[?25l' : '',
        title === '' ? '' : `\x1b]2;${title}\x07`,
      ].join(''),
  };
}

function numberOf(parameter: number | number[] | undefined): number {
  return typeof parameter === 'number' ? parameter : 0;
}
