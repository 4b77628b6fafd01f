import { AgentEventSchema, type AgentEvent } from '@spt-flow/shared/agent-protocol/events';
import { parseBoundedJson } from '../../../lib/bounded-json.ts';
import { GrowingBuffer } from '../../../lib/growing-buffer.ts';

/** Of what agents tell all the time: 500 ports, or a line of a log with what surrounds it. */
const USUAL_LINE_BYTES = 256 * 1024;
/** A receipt that lists thousands of files is the longest document an agent sends. */
const MAX_LINE_BYTES = 4 * 1024 * 1024;
/** A fault costs many times what its line does. */
const MAX_BROKEN_LINES = 100;
const LONG_LINE = Buffer.from('{"type":"recovered",');
const LINE_END = 0x0a;

/** AgentEventReader takes the bytes of an agent's events as the network brings them. */
export class AgentEventReader {
  readonly #rest = new GrowingBuffer();
  readonly #mayBeLong: () => boolean;
  #isLong = false;
  #brokenLines = 0;

  /** Reading a long line takes long: it is asked whether this agent may have another one read. */
  constructor(mayBeLong: () => boolean = () => true) {
    this.#mayBeLong = mayBeLong;
  }

  /** The events that these bytes complete. Lines of a newer protocol are skipped; a line without an end is an error. */
  feed(chunk: Buffer): AgentEvent[] {
    const end = chunk.lastIndexOf(LINE_END);
    const lines = end === -1 ? undefined : this.#takeLines(chunk.subarray(0, end));
    this.#isLong &&= end === -1;
    this.#rest.append(chunk.subarray(end + 1));
    this.#checkLength();
    if (lines === undefined) return [];
    return lines
      .split('\n')
      .map((line) => this.#parse(line))
      .filter((event) => event !== undefined);
  }

  /** Of what has no end yet: a chunk that ends it is small beside it. */
  #checkLength(): void {
    const { length, bytes } = this.#rest;
    if (length > MAX_LINE_BYTES) throw new Error('The agent sent a line without an end');
    if (length <= USUAL_LINE_BYTES || this.#isLong) return;
    this.#isLong = true;
    if (!bytes.subarray(0, LONG_LINE.length).equals(LONG_LINE))
      throw new Error('The agent sent a line that is too long for what it tells');
    if (!this.#mayBeLong()) throw new Error('The agent sends long lines too often');
  }

  #takeLines(last: Buffer): string {
    if (this.#rest.length === 0) return last.toString('utf8');
    this.#rest.append(last);
    return this.#rest.take().toString('utf8');
  }

  #parse(line: string): AgentEvent | undefined {
    try {
      return AgentEventSchema.safeParse(parseBoundedJson(line)).data;
    } catch (error) {
      // Not JSON, or dear to read: a broken agent's own business, the rest of the stream is still good.
      this.#brokenLines += 1;
      if (this.#brokenLines > MAX_BROKEN_LINES)
        throw new Error('The agent sends what is no JSON', { cause: error });
      return undefined;
    }
  }
}
