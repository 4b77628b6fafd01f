import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentEvent, SpoolPosition } from '@spt-flow/shared/agent-protocol/events';
import { SpoolReader } from './spool-reader.ts';
import { lastLineAt, seqAt, SpoolSegments, type SpoolLimits } from './spool-segments.ts';

type LogEvent = Extract<AgentEvent, { type: 'log' }>;

const LINE_END = 0x0a;
const LIMITS: SpoolLimits = { segmentBytes: 1024 * 1024, segments: 8 };
const MAX_TEXT_LENGTH = 8_192;
/** What waits in memory while the disk takes nothing. */
const MAX_WAITING_LENGTH = 512 * 1024;
const UUID = /^[0-9a-f-]{36}$/;

/**
 * LogSpool keeps log lines in files until the control plane has them: the file is the buffer, so that memory stays
 * as it is however many wait.
 */
export interface LogSpool {
  /** The line is in the file after the next `flush`. */
  add(event: LogEvent): void;
  flush(): void;
  /** Goes on after what the listener has; answers which spool this is, undefined: none. */
  resumeAfter(stored: SpoolPosition | undefined): string | undefined;
  /** The next lines; undefined: there are none at the moment. */
  read(): Buffer | undefined;
  /** The listener has all lines up to this one. */
  acknowledge(seq: number): void;
}

export function openLogSpool(directory: string, limits = LIMITS): LogSpool {
  const segments = new SpoolSegments(directory, limits, noteDrop);
  const idPath = join(directory, 'id');
  const droppedPath = join(directory, 'dropped');
  let id = readText(idPath, UUID) ?? renewId();
  let acknowledged = 0;
  /** The line that is read next. */
  let expected = segments.first;
  let reader: SpoolReader | undefined;
  /** JSON without its opening brace. */
  let waiting: string[] = [];
  let waitingLength = 0;
  /** Lines that neither disk nor memory could hold. */
  let lost = 0;

  function renewId(): string {
    const next = randomUUID();
    writeIfPossible(idPath, next);
    return next;
  }

  /** Written down, since it may be told by another agent than this. */
  function noteDrop({ first, path }: { first: number; path: string }): void {
    if (readText(droppedPath, /^\d+ \d+$/) !== undefined) return;
    const at = timeOf(readFileSync(path)) ?? Date.now();
    writeIfPossible(droppedPath, `${Math.max(first, acknowledged + 1)} ${at}`);
  }

  function dropped(): { seq: number; at: number } | undefined {
    const [seq, at] =
      readText(droppedPath, /^\d+ \d+$/)
        ?.split(' ')
        .map(Number) ?? [];
    return seq === undefined || at === undefined ? undefined : { seq, at };
  }

  function add(event: LogEvent): void {
    const text = event.text.slice(0, MAX_TEXT_LENGTH);
    const line = `${JSON.stringify({ ...event, text }).slice(1)}\n`;
    waiting.push(line);
    waitingLength += line.length;
    if (waitingLength <= MAX_WAITING_LENGTH) return;
    const half = Math.ceil(waiting.length / 2);
    lost += half;
    waiting = waiting.slice(half);
    waitingLength = waiting.reduce((sum, { length }) => sum + length, 0);
  }

  function linesWithLoss(): string[] {
    if (lost === 0) return waiting;
    const text = `${lost} log lines were dropped: the disk of the workspace takes nothing`;
    return [noticeOf(text), ...waiting];
  }

  function clearWaiting(): void {
    waiting = [];
    waitingLength = 0;
    lost = 0;
  }

  function flush(): void {
    if (waiting.length > 0 && segments.write(linesWithLoss())) clearWaiting();
  }

  /** Lines that the disk did not take go as they are: told once, whatever becomes of them. */
  function unspooled(): Buffer | undefined {
    if (waiting.length === 0) return undefined;
    const text = linesWithLoss().map((line) => `{${line}`);
    clearWaiting();
    return Buffer.from(text.join(''));
  }

  function moveTo(segment: SpoolReader['segment'] | undefined): boolean {
    reader?.close();
    reader = undefined;
    if (!segment) return false;
    try {
      reader = new SpoolReader(segment);
    } catch {
      // Somebody removed it: what it held shows as dropped.
      const next = segments.after(segment);
      return next !== undefined && moveTo(next);
    }
    return true;
  }

  function read(): Buffer | undefined {
    if (expected >= segments.next) return unspooled();
    if (!reader && !moveTo(segments.holding(expected))) return unspooled();
    for (;;) {
      const chunk = reader?.next();
      const fresh = chunk && withoutKnown(chunk);
      if (fresh) return fresh;
      if (chunk) continue;
      const next = reader && segments.after(reader.segment);
      if (!next || !moveTo(next)) return unspooled();
    }
  }

  function withoutKnown(chunk: Buffer): Buffer | undefined {
    let start = 0;
    while (start < chunk.length && seqAt(chunk, start) < expected)
      start = chunk.indexOf(LINE_END, start) + 1;
    if (start === chunk.length) return undefined;
    const lines = chunk.subarray(start);
    const gap = gapBefore(lines);
    expected = seqAt(lines, lastLineAt(lines)) + 1;
    return gap === undefined ? lines : Buffer.concat([Buffer.from(gap), lines]);
  }

  /** It has the number of the last line that is missing, so that it too is told once. */
  function gapBefore(lines: Buffer): string | undefined {
    const first = seqAt(lines, 0);
    if (first <= expected) return undefined;
    const [from, to] = [dropped()?.at, timeOf(lines)].map(
      (at) => at !== undefined && new Date(at).toISOString(),
    );
    const span = `${from ? ` from ${from}` : ''}${to ? ` to ${to}` : ''}`;
    const text = `${first - expected} log lines${span} were dropped: more waited for the control plane than can be kept`;
    return `{"seq":${first - 1},${noticeOf(text)}`;
  }

  return {
    add,
    flush,
    read,

    resumeAfter(stored) {
      moveTo(undefined);
      // What was stored and is not here went with a disk that was reset: the same numbers mean other lines now.
      if (stored?.spool === id && stored.seq >= segments.next) {
        id = renewId();
        expected = segments.first;
      } else if (stored?.spool === id) {
        expected = stored.seq + 1;
        acknowledge(stored.seq);
      } else {
        expected = dropped()?.seq ?? segments.first;
      }
      return id;
    },

    acknowledge,
  };

  function acknowledge(seq: number): void {
    acknowledged = Math.max(acknowledged, seq);
    segments.forget(seq);
    const gap = dropped();
    if (gap && gap.seq <= seq) rmSync(droppedPath, { force: true });
  }
}

function noticeOf(text: string): string {
  const event: LogEvent = { type: 'log', at: Date.now(), source: 'agent', level: 'warn', text };
  return `${JSON.stringify(event).slice(1)}\n`;
}

function timeOf(line: Buffer): number | undefined {
  const at = Number(/"at":(\d+)/.exec(line.toString('latin1', 0, 200))?.[1]);
  return Number.isSafeInteger(at) ? at : undefined;
}

function readText(path: string, form: RegExp): string | undefined {
  try {
    const text = readFileSync(path, 'utf8');
    return form.test(text) ? text : undefined;
  } catch {
    return undefined;
  }
}

/** On a full disk the spool goes on without: what is written here makes its reports exact. */
function writeIfPossible(path: string, text: string): void {
  try {
    writeFileSync(path, text, { mode: 0o600 });
  } catch {
    // As above.
  }
}
