import { appendFileSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AgentEventSchema } from '@spt-flow/shared/agent-protocol/events';
import { openLogSpool, type LogSpool } from './log-spool.ts';

const SMALL = { segmentBytes: 1_000, segments: 3 };

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'spt-flow-spool-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function say(spool: LogSpool, from: number, to: number): void {
  for (let number = from; number <= to; number += 1) {
    spool.add({ type: 'log', at: number, source: 'app', level: 'info', text: `line ${number}` });
    spool.flush();
  }
}

function readAll(spool: LogSpool) {
  const lines = [];
  for (let chunk = spool.read(); chunk; chunk = spool.read()) {
    for (const line of chunk.toString().trimEnd().split('\n')) {
      const event = AgentEventSchema.parse(JSON.parse(line));
      if (event.type === 'log') lines.push(event);
    }
  }
  return lines;
}

function texts(spool: LogSpool): string[] {
  return readAll(spool).map(({ text }) => text);
}

function lines(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index}`);
}

describe('a log spool', () => {
  it('numbers lines and gives each of them once', () => {
    const spool = openLogSpool(directory);
    say(spool, 1, 3);
    expect(readAll(spool).map(({ seq, text }) => [seq, text])).toEqual([
      [1, 'line 1'],
      [2, 'line 2'],
      [3, 'line 3'],
    ]);

    say(spool, 4, 4);
    expect(texts(spool)).toEqual(['line 4']);
    expect(texts(spool)).toEqual([]);
  });

  it('goes on where the listener is, also in the next agent', () => {
    const before = openLogSpool(directory, SMALL);
    say(before, 1, 20);
    const spool = before.resumeAfter(undefined) ?? '';
    expect(texts(before)).toEqual(lines(1, 20));

    const after = openLogSpool(directory, SMALL);
    say(after, 21, 22);
    expect(after.resumeAfter({ spool, seq: 13 })).toBe(spool);
    expect(texts(after)).toEqual(lines(14, 22));
  });

  it('sends what was not acknowledged again to the next listener', () => {
    const spool = openLogSpool(directory, SMALL);
    say(spool, 1, 30);
    expect(texts(spool)).toEqual(lines(1, 30));

    spool.acknowledge(10);
    spool.resumeAfter({ spool: spool.resumeAfter(undefined) ?? '', seq: 10 });

    expect(texts(spool)).toEqual(lines(11, 30));
  });

  it('stays within its bound and tells how many lines of which time are gone, once', () => {
    const spool = openLogSpool(directory, SMALL);
    say(spool, 1_000, 1_999);

    const onDisk = readdirSync(directory).map((name) => statSync(join(directory, name)).size);
    expect(onDisk.reduce((sum, size) => sum + size, 0)).toBeLessThan(5_000);
    // The control plane was away all the while, and the agent ended in between.
    const next = openLogSpool(directory, SMALL);
    const id = next.resumeAfter(undefined) ?? '';
    const [gap, ...kept] = readAll(next);
    expect(gap?.text).toBe(
      `${1_000 - kept.length} log lines from 1970-01-01T00:00:01.000Z to ${new Date(kept[0]?.at ?? 0).toISOString()} were dropped: more waited for the control plane than can be kept`,
    );
    expect(gap?.seq).toBe((kept[0]?.seq ?? 0) - 1);
    expect(kept.at(-1)?.text).toBe('line 1999');

    next.acknowledge(gap?.seq ?? 0);
    next.resumeAfter({ spool: id, seq: gap?.seq ?? 0 });
    expect(texts(next)).toEqual(kept.map(({ text }) => text));
  });

  it('gives up files that are acknowledged, and counts on', () => {
    const spool = openLogSpool(directory, SMALL);
    say(spool, 1, 100);
    const id = spool.resumeAfter(undefined) ?? '';
    readAll(spool);
    spool.acknowledge(100);

    const segments = readdirSync(directory).filter((name) => name.endsWith('.ndjson'));
    expect(segments).toEqual(['0000000000000101.ndjson']);
    const next = openLogSpool(directory, SMALL);
    expect(next.resumeAfter({ spool: id, seq: 100 })).toBe(id);
    say(next, 101, 101);
    expect(readAll(next)).toMatchObject([{ seq: 101, text: 'line 101' }]);
  });

  it('is another one when its disk lost what is stored already', () => {
    const spool = openLogSpool(directory);
    const id = spool.resumeAfter(undefined) ?? '';
    rmSync(join(directory, '0000000000000001.ndjson'), { force: true });
    const reset = openLogSpool(directory);
    say(reset, 1, 2);

    expect(reset.resumeAfter({ spool: id, seq: 500 })).not.toBe(id);
    expect(texts(reset)).toEqual(lines(1, 2));
  });

  it('cuts off what a crash left half written', () => {
    say(openLogSpool(directory), 1, 2);
    appendFileSync(join(directory, '0000000000000001.ndjson'), '{"seq":3,"type":"lo');

    const spool = openLogSpool(directory);
    say(spool, 3, 3);

    expect(readAll(spool).map(({ seq, text }) => [seq, text])).toEqual([
      [1, 'line 1'],
      [2, 'line 2'],
      [3, 'line 3'],
    ]);
  });

  it('hands lines through that the disk does not take, and says when memory could not hold them', () => {
    const spool = openLogSpool(directory);
    say(spool, 1, 1);
    expect(texts(spool)).toEqual(['line 1']);
    // A file that cannot be made is as a disk that is full.
    rmSync(directory, { recursive: true });
    const broken = openLogSpool(directory, { segmentBytes: 0, segments: 3 });
    rmSync(directory, { recursive: true });

    say(broken, 1, 3);
    expect(readAll(broken).map(({ seq, text }) => [seq, text])).toEqual([
      [undefined, 'line 1'],
      [undefined, 'line 2'],
      [undefined, 'line 3'],
    ]);

    for (let line = 0; line < 200; line += 1)
      broken.add({ type: 'log', at: 1, source: 'app', level: 'info', text: 'x'.repeat(9_000) });
    broken.flush();
    const [notice, ...kept] = readAll(broken);
    expect(notice?.text).toBe(
      `${200 - kept.length} log lines were dropped: the disk of the workspace takes nothing`,
    );
    expect(kept.length).toBeLessThan(70);
    openLogSpool(directory);
  });
});
