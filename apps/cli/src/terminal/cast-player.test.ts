import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { playCast } from './cast-player.ts';

const LINES = [
  { version: 3, term: { cols: 80, rows: 24 } },
  [0.01, 'o', 'one'],
  [3600, 'r', '100x40'],
  [0, 'm', 'Damaged: 2 pieces are missing'],
  [0.01, 'o', ' two'],
  [0, 'x', '0'],
];

describe('a recording in a terminal', () => {
  it('is shown in order with its pauses cut, and damage is named', async () => {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const recording = Readable.from(LINES.map((line) => `${JSON.stringify(line)}\n`));
    const io = { stdout, stderr, signal: new AbortController().signal };

    await playCast(recording, { io, speed: 100, idleSeconds: 0.02 });
    stdout.end();
    stderr.end();

    expect(await text(stdout)).toBe('one two');
    expect(await text(stderr)).toContain('2 pieces are missing');
  });
});
