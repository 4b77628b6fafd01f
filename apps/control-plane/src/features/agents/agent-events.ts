import { AgentEventSchema, type AgentEvent } from '@spt-flow/shared/agent-protocol/events';

/** A receipt that lists thousands of files is the longest document an agent sends. */
const MAX_LINE_BYTES = 4 * 1024 * 1024;
const LINE_END = 0x0a;

/** AgentEventReader takes the bytes of an agent's events as the network brings them. */
export class AgentEventReader {
  #rest: Buffer | undefined;

  /** The events that these bytes complete. Lines of a newer protocol are skipped; a line without an end is an error. */
  feed(chunk: Buffer): AgentEvent[] {
    const bytes = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk;
    const end = bytes.lastIndexOf(LINE_END);
    // A copy: the chunk would hold the whole message that it came in.
    this.#rest = end + 1 < bytes.length ? Buffer.from(bytes.subarray(end + 1)) : undefined;
    if ((this.#rest?.length ?? 0) > MAX_LINE_BYTES)
      throw new Error('The agent sent a line without an end');
    if (end === -1) return [];
    return bytes
      .toString('utf8', 0, end)
      .split('\n')
      .map(parseEvent)
      .filter((event) => event !== undefined);
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
