import { randomUUID } from 'node:crypto';
import type { LogSpool } from '../../apps/agent/src/log-spool/log-spool.ts';

/** As the chunks that an agent reads of its files. */
const LINES_AT_ONCE = 400;

/** createMemorySpool keeps lines in memory: thousands of agents share a process, with fewer descriptors than files would need. */
export function createMemorySpool(): LogSpool {
  let lines: string[] = [];
  return {
    add: (event) => void lines.push(`${JSON.stringify(event)}\n`),
    flush: () => undefined,
    resumeAfter: () => undefined,
    read() {
      if (lines.length === 0) return undefined;
      const text = lines.join('');
      lines = [];
      return Buffer.from(text);
    },
    acknowledge: () => undefined,
  };
}

/** createFloodingSpool never runs out of lines of an app, as an agent has them that was away for long. */
export function createFloodingSpool(): LogSpool {
  const spool = randomUUID();
  let next = 1;
  return {
    add: () => undefined,
    flush: () => undefined,
    resumeAfter: () => spool,
    read() {
      const lines = Array.from({ length: LINES_AT_ONCE }, () => {
        const seq = next++;
        const text = textOf(seq);
        return `${JSON.stringify({ seq, type: 'log', at: Date.now(), source: 'app', level: 'info', text })}\n`;
      });
      return Buffer.from(lines.join(''));
    },
    acknowledge: () => undefined,
  };
}

/** textOf is what a web application prints for a request. */
export function textOf(number: number): string {
  return `GET /api/items/${number} 200 in ${number % 90} ms, user 4711, 1843 bytes`;
}
