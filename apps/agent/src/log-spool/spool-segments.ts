import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

const LINE_END = 0x0a;
const LINE_START = '{"seq":';
const NAME = /^(\d{16})\.ndjson$/;

export interface SpoolLimits {
  /** Of one file; the spool is that times the number of files. */
  readonly segmentBytes: number;
  readonly segments: number;
}

/** Segment is one file of the spool: whole lines, numbered without gaps. */
export interface Segment {
  readonly first: number;
  readonly path: string;
  bytes: number;
}

/** The number of the line that begins there. */
export function seqAt(bytes: Buffer, at: number): number {
  const from = at + LINE_START.length;
  return Number.parseInt(bytes.toString('latin1', from, from + 16), 10);
}

/** Where the last of these whole lines begins. */
export function lastLineAt(bytes: Buffer): number {
  return bytes.length < 2 ? 0 : bytes.lastIndexOf(LINE_END, bytes.length - 2) + 1;
}

/**
 * SpoolSegments keeps numbered lines in a bounded number of files, the oldest of which gives way.
 * INVARIANT: there is always one, so that the numbers go on after a restart.
 */
export class SpoolSegments {
  readonly #directory: string;
  readonly #limits: SpoolLimits;
  readonly #onDrop: (segment: Segment) => void;
  #segments: Segment[];
  #next: number;
  #descriptor: number | undefined;

  constructor(directory: string, limits: SpoolLimits, onDrop: (segment: Segment) => void) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    this.#directory = directory;
    this.#limits = limits;
    this.#onDrop = onDrop;
    this.#segments = readdirSync(directory)
      .flatMap((name) => NAME.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((one, other) => one - other)
      .map((first) => this.#segment(first));
    this.#next = this.#last ? endOf(this.#last) : 1;
    if (!this.#last) this.#segments.push(this.#segment(1));
  }

  /** What the next line will be. */
  get next(): number {
    return this.#next;
  }

  /** The oldest line that is here, or would be. */
  get first(): number {
    return this.#segments[0]?.first ?? this.#next;
  }

  /** The one that holds the line, or the oldest after it. */
  holding(seq: number): Segment | undefined {
    return this.#segments.findLast(({ first }) => first <= seq) ?? this.#segments[0];
  }

  after({ first }: Segment): Segment | undefined {
    return this.#segments.find((segment) => segment.first > first);
  }

  /** Takes lines of JSON without their opening brace. False: the disk takes nothing, and nothing is kept of them. */
  write(lines: readonly string[]): boolean {
    try {
      if ((this.#last?.bytes ?? 0) >= this.#limits.segmentBytes) this.#begin();
      const last = this.#last ?? this.#segment(this.#next);
      const text = lines
        .map((line, index) => `${LINE_START}${this.#next + index},${line}`)
        .join('');
      this.#append(last, Buffer.from(text));
      this.#next += lines.length;
      return true;
    } catch {
      this.#undoHalfWritten();
      return false;
    }
  }

  /** Lines up to this one need not be kept; those of a file go together. */
  forget(seq: number): void {
    try {
      const isDone =
        seq + 1 >= this.#next && (this.#last?.bytes ?? 0) * 4 >= this.#limits.segmentBytes;
      if (isDone) this.#begin();
      while ((this.#segments[1]?.first ?? Infinity) <= seq + 1) this.#removeOldest();
    } catch {
      // It is tried again with the next ones; until then the bound holds.
    }
  }

  get #last(): Segment | undefined {
    return this.#segments.at(-1);
  }

  #segment(first: number): Segment {
    const path = join(this.#directory, `${String(first).padStart(16, '0')}.ndjson`);
    return { first, path, bytes: statSync(path, { throwIfNoEntry: false })?.size ?? 0 };
  }

  #begin(): void {
    const segment = this.#segment(this.#next);
    const descriptor = openSync(segment.path, 'a', 0o600);
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = descriptor;
    this.#segments.push(segment);
    while (this.#segments.length > this.#limits.segments) {
      const dropped = this.#segments[0];
      if (dropped) this.#onDrop(dropped);
      this.#removeOldest();
    }
  }

  #removeOldest(): void {
    const [oldest] = this.#segments;
    if (oldest) rmSync(oldest.path, { force: true });
    this.#segments.shift();
  }

  #append(segment: Segment, bytes: Buffer): void {
    this.#descriptor ??= openSync(segment.path, 'a', 0o600);
    for (let written = 0; written < bytes.length;)
      written += writeSync(this.#descriptor, bytes, written);
    segment.bytes += bytes.length;
  }

  #undoHalfWritten(): void {
    try {
      if (this.#last) truncateSync(this.#last.path, this.#last.bytes);
    } catch {
      // It was never made.
    }
  }
}

/** The number after the last whole line; what a crash left of a further one is cut off. */
function endOf(segment: Segment): number {
  const bytes = readFileSync(segment.path);
  segment.bytes = bytes.lastIndexOf(LINE_END) + 1;
  if (segment.bytes < bytes.length) truncateSync(segment.path, segment.bytes);
  if (segment.bytes === 0) return segment.first;
  return seqAt(bytes, lastLineAt(bytes.subarray(0, segment.bytes))) + 1;
}
