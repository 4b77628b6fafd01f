import { AgentEventSchema, type AgentEvent } from '@spt-flow/shared/agent-protocol/events';

/** A receipt that lists thousands of files is the longest document an agent sends. */
const MAX_LINE_BYTES = 4 * 1024 * 1024;

/**
 * readAgentEvents yields what the agent tells, in batches as the network brings them. Lines of a newer protocol are
 * skipped; a line without an end is an error.
 */
export async function* readAgentEvents(body: AsyncIterable<Buffer>): AsyncGenerator<AgentEvent[]> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of body) {
    const end = chunk.lastIndexOf(0x0a);
    if (end === -1) {
      rest = Buffer.concat([rest, chunk]);
      if (rest.length > MAX_LINE_BYTES) throw new Error('The agent sent a line without an end');
      continue;
    }
    const lines = Buffer.concat([rest, chunk.subarray(0, end)])
      .toString('utf8')
      .split('\n');
    rest = Buffer.from(chunk.subarray(end + 1));
    const events = lines.map(parseEvent).filter((event) => event !== undefined);
    if (events.length > 0) yield events;
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
