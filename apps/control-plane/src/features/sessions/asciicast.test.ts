import { describe, expect, it } from 'vitest';
import { writeAsciicast } from './asciicast.ts';
import type { RecordedEvent } from './recording-reader.ts';

const HEAD = {
  startedAt: new Date('2026-01-02T03:04:05.678Z'),
  title: 'Ada in shop',
  isPiped: false,
};
const EVENTS: readonly RecordedEvent[] = [
  { type: 'size', atMs: 0, size: { cols: 90, rows: 30 } },
  { type: 'output', atMs: 1_001, text: 'one\n\x1b]52;c;x\x07' },
  { type: 'size', atMs: 2_003, size: { cols: 100, rows: 40 } },
  { type: 'damage', atMs: 2_003, what: '2 pieces are missing' },
  { type: 'output', atMs: 3_000, text: 'two' },
  { type: 'end', atMs: 3_500, exitCode: 7 },
];

async function* events() {
  yield* EVENTS;
}

async function linesOf(version: '2' | '3', head = HEAD): Promise<unknown[]> {
  const lines: unknown[] = [];
  for await (const line of writeAsciicast(events(), head, version)) lines.push(JSON.parse(line));
  return lines;
}

describe('asciicast', () => {
  it('of version 2 has times since the beginning', async () => {
    expect(await linesOf('2')).toEqual([
      {
        ...{ version: 2, width: 90, height: 30, timestamp: 1_767_323_045, title: 'Ada in shop' },
        env: { TERM: 'xterm-256color' },
      },
      [1.001, 'o', 'one\n'],
      [2.003, 'r', '100x40'],
      [2.003, 'm', 'Damaged: 2 pieces are missing'],
      [3, 'o', 'two'],
    ]);
  });

  it('of version 3 has intervals, and the exit code', async () => {
    expect(await linesOf('3')).toEqual([
      {
        ...{ version: 3, term: { cols: 90, rows: 30, type: 'xterm-256color' } },
        ...{ timestamp: 1_767_323_045, title: 'Ada in shop' },
      },
      [1.001, 'o', 'one\n'],
      [1.002, 'r', '100x40'],
      [0, 'm', 'Damaged: 2 pieces are missing'],
      [0.997, 'o', 'two'],
      [0.5, 'x', '7'],
    ]);
  });

  it('returns the cursor at the line ends of a pipe', async () => {
    const lines = await linesOf('2', { ...HEAD, isPiped: true });

    expect(lines[1]).toEqual([1.001, 'o', 'one\r\n']);
  });
});
