import { AnswerError } from './response-head.ts';

const MAX_LINE_BYTES = 4096;
const MAX_TRAILER_BYTES = 16 * 1024;
const LF = 0x0a;
const SIZE_LINE = /^([0-9a-f]{1,12})(?:[\t ]*;[\t\x20-\x7e\x80-\xff]*)?\r\n$/i;

/**
 * ChunkedBody takes the chunks out of a body in the chunked transfer coding. Trailers are dropped, as their names were
 * not announced to the browser.
 */
export class ChunkedBody {
  #state: 'size' | 'data' | 'after-data' | 'trailers' = 'size';
  #line = '';
  #trailerBytes = 0;
  #left = 0;

  /** Hands on what is data, up to the end of the body; returns how much it used, and whether that was the end. */
  feed(bytes: Buffer, onData: (data: Buffer) => void): { used: number; ended: boolean } {
    let at = 0;
    while (at < bytes.length) {
      if (this.#state === 'data') {
        const data = bytes.subarray(at, at + this.#left);
        this.#left -= data.length;
        at += data.length;
        if (this.#left === 0) this.#state = 'after-data';
        onData(data);
        continue;
      }
      const end = bytes.indexOf(LF, at) + 1;
      this.#line += bytes.toString('latin1', at, end === 0 ? bytes.length : end);
      if (this.#line.length > MAX_LINE_BYTES)
        throw new AnswerError('A line of the body is too long');
      if (end === 0) return { used: bytes.length, ended: false };
      at = end;
      if (this.#readLine(this.#take())) return { used: at, ended: true };
    }
    return { used: at, ended: false };
  }

  #take(): string {
    const line = this.#line;
    this.#line = '';
    return line;
  }

  /** True at the end of the body. */
  #readLine(line: string): boolean {
    if (this.#state === 'size') this.#readSize(line);
    else if (this.#state === 'trailers') return this.#readTrailer(line);
    else if (line !== '\r\n') throw new AnswerError('A chunk is longer than it says');
    else this.#state = 'size';
    return false;
  }

  #readSize(line: string): void {
    const size = SIZE_LINE.exec(line)?.[1];
    if (size === undefined) throw new AnswerError('The size of a chunk is no number');
    this.#left = Number.parseInt(size, 16);
    this.#state = this.#left === 0 ? 'trailers' : 'data';
  }

  #readTrailer(line: string): boolean {
    this.#trailerBytes += line.length;
    if (this.#trailerBytes > MAX_TRAILER_BYTES) throw new AnswerError('The trailers are too long');
    if (!line.endsWith('\r\n')) throw new AnswerError('A trailer is not valid');
    return line === '\r\n';
  }
}
