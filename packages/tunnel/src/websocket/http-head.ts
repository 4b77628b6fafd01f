import { Buffer } from 'node:buffer';
import { TunnelError } from '../types.ts';

const MAX_HEAD_BYTES = 16 * 1024;
const HEAD_END = '\r\n\r\n';

export interface HttpHead {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** What came behind the head. */
  readonly rest: Buffer;
}

/** HttpHeadReader collects the head of one HTTP/1.1 response. */
export class HttpHeadReader {
  #received = Buffer.alloc(0);

  /** Undefined: not complete yet. */
  feed(chunk: Uint8Array): HttpHead | undefined {
    this.#received = Buffer.concat([this.#received, chunk]);
    const end = this.#received.indexOf(HEAD_END);
    if (end < 0) {
      if (this.#received.length <= MAX_HEAD_BYTES) return undefined;
      throw new TunnelError('connect_failed', 'Response head is too long');
    }
    const head = parseHead(this.#received.subarray(0, end).toString('latin1'));
    return { ...head, rest: this.#received.subarray(end + HEAD_END.length) };
  }
}

function parseHead(head: string): Omit<HttpHead, 'rest'> {
  const [statusLine = '', ...lines] = head.split('\r\n');
  const status = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(statusLine)?.[1];
  if (status === undefined) throw new TunnelError('connect_failed', 'Answer is not HTTP');
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon <= 0) throw new TunnelError('connect_failed', 'Malformed header');
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return { status: Number(status), headers };
}
