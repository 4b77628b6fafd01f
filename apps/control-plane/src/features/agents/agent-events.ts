import { AgentEventSchema, type AgentEvent } from '@spt-flow/shared/agent-protocol/events';
import { GrowingBuffer } from '../../lib/growing-buffer.ts';

/** A receipt that lists thousands of files is the longest document an agent sends. */
const MAX_LINE_BYTES = 4 * 1024 * 1024;
const LINE_END = 0x0a;

/** AgentEventReader takes the bytes of an agent's events as the network brings them. */
export class AgentEventReader {
  readonly #rest = new GrowingBuffer();

  /** The events that these bytes complete. Lines of a newer protocol are skipped; a line without an end is an error. */
  feed(chunk: Buffer): AgentEvent[] {
    const end = chunk.lastIndexOf(LINE_END);
    const lines = end === -1 ? undefined : this.#takeLines(chunk.subarray(0, end));
    this.#rest.append(chunk.subarray(end + 1));
    if (this.#rest.length > MAX_LINE_BYTES) throw new Error('The agent sent a line without an end');
    if (lines === undefined) return [];
    return lines
      .split('\n')
      .map(parseEvent)
      .filter((event) => event !== undefined);
  }

  #takeLines(last: Buffer): string {
    if (this.#rest.length === 0) return last.toString('utf8');
    this.#rest.append(last);
    return this.#rest.take().toString('utf8');
  }
}

function parseEvent(line: string): AgentEvent | undefined {
  try {
    const event = AgentEventSchema.safeParse(JSON.parse(line));
    return event.success ? event.data : undefined;
  } catch {
    // Not JSON: a broken agent's own business, the rest of the stream is still good.
    return undefined;
  }
}
