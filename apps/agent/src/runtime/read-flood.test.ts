import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readFlood } from './read-flood.ts';

const PIECE = Buffer.alloc(4_095, 'a');
let directory: string;
let reader: number;
let writer: number;

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'spt-flow-flood-'));
  const pipe = path.join(directory, 'pipe');
  execFileSync('mkfifo', [pipe]);
  reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
  writer = openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK);
});

afterEach(() => {
  closeSync(reader);
  closeSync(writer);
  rmSync(directory, { recursive: true });
});

describe('readFlood', () => {
  it('adds what waits behind a long piece, in order', () => {
    writeSync(writer, 'b'.repeat(20_000));

    expect(Buffer.from(readFlood(reader, PIECE)).toString()).toBe(
      'a'.repeat(4_095) + 'b'.repeat(20_000),
    );
  });

  it('answers the piece when nothing waits, and when the other side is gone', () => {
    expect(Buffer.from(readFlood(reader, PIECE))).toEqual(PIECE);

    closeSync(writer);
    expect(Buffer.from(readFlood(reader, PIECE))).toEqual(PIECE);
    writer = openSync(path.join(directory, 'pipe'), constants.O_RDWR);
  });

  it('leaves what waits behind a short piece, the echo of a key', () => {
    writeSync(writer, 'later');

    expect(Buffer.from(readFlood(reader, Buffer.from('k'))).toString()).toBe('k');
    expect(Buffer.from(readFlood(reader, PIECE)).subarray(PIECE.length).toString()).toBe('later');
  });
});
