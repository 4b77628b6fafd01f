/** Marks that one letter carries; the next one stands alone. Languages have no more, and browsers draw many slowly. */
const MAX_MARKS = 4;
/** A title, or a link with its address. */
const MAX_STRING_LENGTH = 2_048;
/** Repeats a letter, inserts and deletes lines, scrolls, goes by tabs. */
const COUNTED = ['b', 'L', 'M', 'S', 'T', 'I', 'Z'];
/** Both of a title, that of the window, that of its icon, a link. */
const KEPT_STRINGS = [0, 1, 2, 8];
const ONE_COLUMN = 1 << 1;

interface Widths {
  readonly version: string;
  wcwidth(codePoint: number): 0 | 1 | 2;
  /** Whether it joins the letter before in the lowest bit, its width in two, and then what only they know. */
  charProperties(codePoint: number, before: number): number;
}

/** What engines that draw a terminal have in common, in the browser and without. */
interface BoundableTerminal {
  readonly cols: number;
  readonly rows: number;
  readonly parser: {
    registerCsiHandler(
      id: { final: string },
      handle: (params: (number | number[])[]) => boolean,
    ): unknown;
    registerOscHandler(id: number, handle: (data: string) => boolean): unknown;
  };
  readonly unicode: { register(widths: Widths): void; activeVersion: string };
}

interface WidthsAddon {
  activate(terminal: { readonly unicode: { register(widths: Widths): void } }): void;
}

/**
 * boundTerminal keeps output of a few bytes from costing hours or gigabytes: what is printed may be hostile to whoever
 * looks at it. Both ends of a terminal ignore the same, or they would show different screens.
 */
export function boundTerminal(terminal: BoundableTerminal, widths: WidthsAddon): void {
  for (const final of COUNTED)
    terminal.parser.registerCsiHandler({ final }, ([count]) => isBeyondScreen(count, terminal));
  for (const id of KEPT_STRINGS)
    terminal.parser.registerOscHandler(id, ({ length }) => length > MAX_STRING_LENGTH);
  widths.activate({
    unicode: {
      register(known) {
        terminal.unicode.register(withFewMarks(known));
        terminal.unicode.activeVersion = known.version;
      },
    },
  });
}

function isBeyondScreen(
  count: number | number[] | undefined,
  { cols, rows }: BoundableTerminal,
): boolean {
  return typeof count === 'number' && count > Math.max(cols, rows);
}

function withFewMarks(known: Widths): Widths {
  return {
    version: known.version,
    wcwidth: (codePoint) => known.wcwidth(codePoint),
    charProperties(codePoint, before) {
      const properties = known.charProperties(codePoint, before & 0b111);
      if ((properties & 1) === 0) return properties;
      const marks = (before >> 3) + 1;
      return marks > MAX_MARKS ? ONE_COLUMN : (marks << 3) | properties;
    },
  };
}
