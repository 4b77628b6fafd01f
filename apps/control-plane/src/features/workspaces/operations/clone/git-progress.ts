import { StringDecoder } from 'node:string_decoder';

const MAX_LINE_CHARACTERS = 1_000;
const KEPT_LINES = 20;

/** GitProgress takes git's words; of lines that only count up, every tenth percent is told. */
export class GitProgress {
  readonly #onLine: (line: string) => void;
  readonly #decoder = new StringDecoder('utf8');
  readonly #last: string[] = [];
  #rest = '';

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  push(bytes: Buffer): void {
    // Git ends lines of progress with a carriage return.
    const parts = (this.#rest + this.#decoder.write(bytes)).split(/(?<=[\r\n])/);
    this.#rest = /[\r\n]$/.test(parts.at(-1) ?? '')
      ? ''
      : (parts.pop() ?? '').slice(-MAX_LINE_CHARACTERS);
    for (const part of parts) if (isTold(part)) this.#tell(part.trim());
  }

  end(): void {
    this.#tell(this.#rest.trim());
    this.#rest = '';
  }

  /** Git's last word on what went wrong. */
  failure(): string {
    const words =
      this.#last.findLast((line) => /^(fatal|error|ERROR|remote): /.test(line)) ??
      this.#last.at(-1);
    return words ?? 'Git ended without a word';
  }

  /** The other end went away, which may be over soon; what it refused stays refused. */
  get wasCut(): boolean {
    return this.#last.some((line) => CUT.test(line));
  }

  #tell(line: string): void {
    if (line === '') return;
    this.#last.push(line.slice(0, MAX_LINE_CHARACTERS));
    if (this.#last.length > KEPT_LINES) this.#last.shift();
    this.#onLine(line.slice(0, MAX_LINE_CHARACTERS));
  }
}

const CUT =
  /early EOF|unexpected disconnect|hung up unexpectedly|RPC failed|connection reset|recv failure|transfer closed|empty reply|operation too slow|connection timed out/i;

/** The last one comes again with a line's end. */
function isTold(part: string): boolean {
  const percent = /:\s+(\d+)% /.exec(part)?.[1];
  return part.endsWith('\n') || percent === undefined || /^[1-9]?0$/.test(percent);
}
