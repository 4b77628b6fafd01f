/** What programs that draw the whole screen send first, with `h`, and last, with `l`. */
const ALTERNATE = Buffer.from('\x1b[?1049');
const ENTER = 0x68;
/**
 * Ends mouse, focus, paste and keypad modes, lets the whole screen scroll, shows the cursor as it was, resets colours:
 * what a program would do at its own end.
 */
const RESET =
  '\x1b[?1000;1002;1003;1004;1006l\x1b[?2004l\x1b[?1l\x1b>\x1b7\x1b[r\x1b8\x1b[?7h\x1b[4l\x1b[0 q\x1b[?25h\x1b[0m';

export interface ScreenWatch {
  see(bytes: Uint8Array): void;
  /** What brings the screen back to how it was before. */
  restore(): string;
}

/** createScreenWatch knows whether the alternate screen is shown: leaving it when it is not would move the cursor. */
export function createScreenWatch(): ScreenWatch {
  let isAlternate = false;
  let tail = Buffer.alloc(0);
  return {
    see(bytes) {
      const seen = Buffer.concat([tail, bytes]);
      const final = seen.lastIndexOf(ALTERNATE) + ALTERNATE.length;
      if (final >= ALTERNATE.length && final < seen.length) isAlternate = seen[final] === ENTER;
      tail = seen.subarray(-ALTERNATE.length);
    },
    restore: () => `${isAlternate ? '\x1b[?1049l' : ''}${RESET}\r\n`,
  };
}
