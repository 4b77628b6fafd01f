export const MAX_LINE_BYTES = 8 * 1024;

/** Cuts a byte stream into lines of at most 8 kB; holds no more than one such line. */
export function createLogSplitter(onLine: (text: string) => void) {
  let rest: Buffer = Buffer.alloc(0);

  function push(chunk: Buffer): void {
    let data = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    for (;;) {
      const end = data.indexOf(10);
      const length = end === -1 ? data.length : end;
      if (length > MAX_LINE_BYTES) {
        const cut = characterBoundary(data, MAX_LINE_BYTES);
        onLine(data.toString('utf8', 0, cut));
        data = data.subarray(cut);
      } else if (end === -1) {
        break;
      } else {
        onLine(data.toString('utf8', 0, end > 0 && data[end - 1] === 13 ? end - 1 : end));
        data = data.subarray(end + 1);
      }
    }
    // A copy, so that the pooled read buffer is not kept alive.
    rest = Buffer.from(data);
  }

  function flush(): void {
    if (rest.length > 0) onLine(rest.toString('utf8'));
    rest = Buffer.alloc(0);
  }

  return { push, flush };
}

/** The last index up to `limit` at which no UTF-8 character is cut. */
function characterBoundary(data: Buffer, limit: number): number {
  let index = limit;
  while (index > limit - 4 && ((data[index] ?? 0) & 0xc0) === 0x80) index -= 1;
  return index === limit - 4 ? limit : index;
}
