const LINE_END = '\r\n';
/** What begins or ends a sequence, or changes the letters. The other controls move the cursor at most. */
const CONTROLS = [0x1b, 0x07, 0x0e, 0x0f, 0x18, 0x1a];
/** Of a sequence that has begun, this much certainly holds its end. */
const SEQUENCE_BYTES = 4 * 1024;

export interface Kept {
  readonly cols: number;
  /** On the screen and above it. */
  readonly lines: number;
}

/**
 * skipScrolledOut leaves out of a flood what nobody can ever see: of lines without any control, all but the last ones;
 * of one line without an end, whole lines of the screen. What remains leaves a terminal in the same state as all of it.
 */
export function skipScrolledOut(bytes: Buffer, { cols, lines }: Kept): Buffer {
  const kept = startOfLast(bytes, lines);
  if (kept !== undefined) return without(bytes, endOfControls(bytes) + SEQUENCE_BYTES, kept);
  const letters = startOfLetters(bytes) + SEQUENCE_BYTES;
  const surplus = bytes.length - letters - lines * cols;
  return without(bytes, letters, letters + Math.floor(surplus / cols) * cols);
}

function without(bytes: Buffer, start: number, end: number): Buffer {
  return end <= start ? bytes : Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)]);
}

function endOfControls(bytes: Buffer): number {
  const last = CONTROLS.map((control) => bytes.lastIndexOf(control));
  return Math.max(...last, lastOfTwoBytes(bytes)) + 1;
}

/** U+0080 to U+009F are controls too. */
function lastOfTwoBytes(bytes: Buffer): number {
  let index = bytes.lastIndexOf(0xc2);
  while (index > 0 && !isBetween(bytes[index + 1], 0x80, 0x9f))
    index = bytes.lastIndexOf(0xc2, index - 1);
  return index;
}

/** All letters of ASCII take one column. */
function startOfLetters(bytes: Buffer): number {
  let index = bytes.length - 1;
  while (index >= 0 && isBetween(bytes[index], 0x20, 0x7e)) index -= 1;
  return index + 1;
}

function isBetween(byte = 0, first: number, last: number): boolean {
  return byte >= first && byte <= last;
}

/** Where the last lines begin; undefined when there are not that many. */
function startOfLast(bytes: Buffer, lines: number): number | undefined {
  let start = bytes.length;
  for (let line = 0; line <= lines; line += 1) {
    const found = start === 0 ? -1 : bytes.lastIndexOf(LINE_END, start - 1);
    if (found < 0) return undefined;
    start = found;
  }
  return start + LINE_END.length;
}
