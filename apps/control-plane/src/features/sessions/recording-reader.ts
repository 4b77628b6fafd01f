import * as z from 'zod';
import { decodeFrames, FRAME, type Frame } from './frames.ts';
import { isSameHash, type RecordingChain } from './recording-chain.ts';
import type { Chunk, Size } from './recorder.ts';
import type { RecordingsRepository } from './recordings-repository.ts';

const CHUNKS_AT_ONCE = 16;
/** What clients can show, whatever a file says. */
const MAX_SIZE = 1000;
const SizeSchema = z.object({ cols: z.number(), rows: z.number() });

/** RecordedEvent is a moment of a recording; damage is one too, so that who looks at it learns where. */
export type RecordedEvent =
  | { readonly type: 'size'; readonly atMs: number; readonly size: Size }
  | { readonly type: 'output'; readonly atMs: number; readonly text: string }
  | { readonly type: 'damage'; readonly atMs: number; readonly what: string }
  | { readonly type: 'end'; readonly atMs: number; readonly exitCode: number | undefined };

export interface ReaderDeps {
  readonly repository: Pick<RecordingsRepository, 'lastSequence' | 'chunksAfter'>;
  readonly chain: RecordingChain;
}

export interface StoredRecording {
  readonly sessionId: string;
  /** Its end is still to come. */
  readonly isRunning: boolean;
}

/** readRecording checks what is stored as it goes; a piece that can't be read is named and passed over. */
export async function* readRecording(
  deps: ReaderDeps,
  { sessionId, isRunning }: StoredRecording,
): AsyncGenerator<RecordedEvent> {
  let hash = deps.chain.start(sessionId);
  let expected = 0;
  let atMs = 0;
  let isEnded = false;
  for await (const { chunk, last } of readChunks(deps, sessionId)) {
    if (chunk.sequence > expected)
      yield { type: 'damage', atMs, what: missing(chunk.sequence - expected) };
    const isGenuine =
      chunk.sequence === expected && isSameHash(deps.chain.next(hash, chunk), chunk.hash);
    if (!isGenuine && chunk.sequence === expected)
      yield { type: 'damage', atMs, what: 'this piece is not as it was recorded' };
    for (const event of eventsOf(chunk, atMs)) {
      yield event;
      atMs = event.atMs;
      isEnded = event.type === 'end';
    }
    hash = chunk.hash;
    expected = chunk.sequence + 1;
    if (chunk.sequence === last) break;
  }
  if (!isEnded && !isRunning) yield { type: 'damage', atMs, what: 'the end is missing' };
}

function missing(count: number): string {
  return count === 1 ? '1 piece is missing' : `${count} pieces are missing`;
}

/** Page by page; of a page that can't be read those pieces that can be, one by one. */
async function* readChunks(
  { repository }: ReaderDeps,
  sessionId: string,
): AsyncGenerator<{ chunk: Chunk; last: number }> {
  const last = await repository.lastSequence(sessionId);
  if (last === undefined) return;
  for (let after = -1; after < last; after += CHUNKS_AT_ONCE) {
    const page = await readable(repository.chunksAfter(sessionId, after, CHUNKS_AT_ONCE));
    const chunks = page ?? (await oneByOne(repository, sessionId, after));
    for (const chunk of chunks) if (chunk.sequence <= after + CHUNKS_AT_ONCE) yield { chunk, last };
  }
}

async function oneByOne(
  repository: ReaderDeps['repository'],
  sessionId: string,
  after: number,
): Promise<Chunk[]> {
  const chunks: Chunk[] = [];
  for (let before = after; before < after + CHUNKS_AT_ONCE; before += 1) {
    const [chunk] = (await readable(repository.chunksAfter(sessionId, before, 1))) ?? [];
    if (chunk?.sequence === before + 1) chunks.push(chunk);
  }
  return chunks;
}

/** Undefined: the database can't read it. */
async function readable<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch {
    // What is missing then is named by the gap it leaves.
    return undefined;
  }
}

function eventsOf(chunk: Chunk, atMs: number): RecordedEvent[] {
  try {
    let lastMs = atMs;
    return decodeFrames(chunk.frames).map((frame) => {
      lastMs = Math.max(lastMs, frame.atMs);
      return eventOf(frame, lastMs);
    });
  } catch {
    return [{ type: 'damage', atMs, what: 'a piece cannot be read' }];
  }
}

/** Time never runs backwards, whatever is stored. */
function eventOf(frame: Frame, atMs: number): RecordedEvent {
  const text = frame.payload.toString('utf8');
  if (frame.kind === FRAME.output) return { type: 'output', atMs, text };
  if (frame.kind === FRAME.end)
    return { type: 'end', atMs, exitCode: text === '' ? undefined : Number.parseInt(text, 10) };
  return { type: 'size', atMs, size: sizeOf(frame.kind, text) };
}

function sizeOf(kind: number, text: string): Size {
  const [cols, rows] = text.split('x').map(Number);
  const { cols: width, rows: height } = SizeSchema.parse(
    kind === FRAME.header ? JSON.parse(text) : { cols, rows },
  );
  return { cols: clamp(width), rows: clamp(height) };
}

function clamp(size: number): number {
  return Math.min(MAX_SIZE, Math.max(1, Math.floor(size)));
}
