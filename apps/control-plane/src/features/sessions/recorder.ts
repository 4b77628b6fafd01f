import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../../lib/clock.ts';
import { isConnectionError } from '../../lib/database-error.ts';
import { encodeFrame, FRAME } from './frames.ts';
import type { RecordingChain } from './recording-chain.ts';
import { wholeCharacters } from './whole-characters.ts';

/** As much is stored at once. */
const CHUNK_BYTES = 64 * 1024;
/** What is shown is stored within this time: as much is lost at most when spt-flow is killed. */
const STORE_AFTER_MS = 500;
/** Beyond it the terminal waits for what stores. */
const MAX_WAITING_BYTES = 1024 * 1024;
/** Of one session; as much fits into memory of who plays it. */
const MAX_RECORDING_BYTES = 64 * 1024 ** 2;
/** What each piece costs beside its bytes. */
const CHUNK_COST_BYTES = 128;
/** A database that restarts is waited for. */
const PATIENCE_MS = 10_000;
const RETRY_MS = 250;
const NOTHING = Buffer.alloc(0);

export interface Size {
  readonly cols: number;
  readonly rows: number;
}

export interface Chunk {
  readonly sequence: number;
  readonly frames: Buffer;
  readonly hash: Buffer;
}

export interface RecorderDeps {
  readonly sessionId: string;
  readonly size: Size;
  readonly chain: RecordingChain;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly store: (chunk: Chunk) => Promise<void>;
  /** Nothing more is recorded. */
  readonly onFailed: (error: unknown) => void;
}

/** Recorder keeps what a session shows, never what is typed. */
export interface Recorder {
  output(bytes: Buffer): void;
  resize(size: Size): void;
  /** Resolves when what waits to be stored is little enough; undefined: it is. */
  keep(): Promise<void> | undefined;
  /** False: something is missing. */
  finish(exitCode: number | undefined): Promise<boolean>;
}

/** startRecorder resolves when the beginning is stored, which shows that the rest can be. */
export async function startRecorder(deps: RecorderDeps): Promise<Recorder> {
  const { clock } = deps;
  const startMs = clock.monotonicMs();
  const waiting: Buffer[] = [];
  let waitingBytes = 0;
  let storedBytes = 0;
  let sequence = 0;
  let hash = deps.chain.start(deps.sessionId);
  /** The beginning of a character. */
  let cut: Buffer = NOTHING;
  let storing: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isStarted = false;
  let failure: { readonly error: unknown } | undefined;

  function push(kind: number, payload: Buffer): void {
    if (failure) return;
    const atMs = Math.round(clock.monotonicMs() - startMs);
    const frame = encodeFrame({ atMs, kind, payload });
    waiting.push(frame);
    waitingBytes += frame.length;
    if (waitingBytes >= CHUNK_BYTES) void store();
    else timer ??= setTimeout(() => void store(), STORE_AFTER_MS).unref();
  }

  async function store(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    if (waiting.length > 0) storing ??= storeWaiting();
    await storing;
  }

  /** INVARIANT: nothing is added between its last look at what waits and the end of `storing`. */
  async function storeWaiting(): Promise<void> {
    try {
      while (waiting.length > 0) await storeOne(Buffer.concat(waiting.splice(0)));
    } catch (error) {
      fail(error);
    }
    storing = undefined;
  }

  async function storeOne(frames: Buffer): Promise<void> {
    const next = deps.chain.next(hash, { sequence, frames });
    await storePatiently({ sequence, frames, hash: next });
    hash = next;
    sequence += 1;
    waitingBytes -= frames.length;
    storedBytes += frames.length + CHUNK_COST_BYTES;
    if (storedBytes > MAX_RECORDING_BYTES)
      throw new RangeError('The recording is as long as one may be');
  }

  async function storePatiently(chunk: Chunk): Promise<void> {
    const untilMs = clock.monotonicMs() + PATIENCE_MS;
    for (;;) {
      try {
        return await deps.store(chunk);
      } catch (error) {
        if (!isConnectionError(error) || clock.monotonicMs() > untilMs) throw error;
        await delay(RETRY_MS);
      }
    }
  }

  function fail(error: unknown): void {
    failure = { error };
    waiting.length = 0;
    waitingBytes = 0;
    if (isStarted) deps.onFailed(error);
  }

  push(FRAME.header, Buffer.from(JSON.stringify(deps.size)));
  await store();
  if (failure) throw failure.error;
  isStarted = true;

  return {
    output(bytes) {
      const all = cut.length === 0 ? bytes : Buffer.concat([cut, bytes]);
      const length = wholeCharacters(all);
      cut = length === all.length ? NOTHING : Buffer.from(all.subarray(length));
      if (length > 0) push(FRAME.output, all.subarray(0, length));
    },
    resize: ({ cols, rows }) => push(FRAME.resize, Buffer.from(`${cols}x${rows}`)),
    keep: () => (waitingBytes > MAX_WAITING_BYTES ? store() : undefined),

    async finish(exitCode) {
      if (cut.length > 0) push(FRAME.output, cut);
      push(FRAME.end, Buffer.from(String(exitCode ?? '')));
      await store();
      return failure === undefined;
    },
  };
}
