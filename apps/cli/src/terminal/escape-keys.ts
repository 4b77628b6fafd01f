const TILDE = 0x7e;
const DOT = 0x2e;
const LINE_ENDS: ReadonlySet<number | undefined> = new Set([0x0a, 0x0d]);

/** createEscapeKeys tells when `~.` is typed at the start of a line, as in ssh: the way out of a dead session. */
export function createEscapeKeys(): (bytes: Uint8Array) => boolean {
  let before: number | undefined = 0x0d;
  let last: number | undefined;
  return (bytes) => {
    for (const byte of bytes) {
      if (byte === DOT && last === TILDE && LINE_ENDS.has(before)) return true;
      before = last ?? before;
      last = byte;
    }
    return false;
  };
}
