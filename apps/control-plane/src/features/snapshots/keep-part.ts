import { EventEmitter, once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import { pack, type Entry, type Pack } from 'tar-stream';
import { createMeter } from '../../lib/byte-meter.ts';
import { createEntryGuard, isPlain, keptMode } from './entry-guard.ts';
import type { Part } from './manifest.ts';
import { readEntries } from './tar-entries.ts';

const MAX_LAG_ENTRIES = 2_000;
const REGULAR_FILE = 0o100000;

export interface KeepOptions {
  readonly name: string;
  readonly file: string;
  readonly maxBytes: number;
  /** What a workspace has and no backup may have: `drop` for our own copies, `refuse` for those of others. */
  readonly unusual: 'drop' | 'refuse';
}

/**
 * keepPart writes an archive anew into a file: whatever the one that came was, only what was understood of it is
 * kept, and so nobody who unpacks it can understand it in another way.
 */
export async function keepPart(
  archive: AsyncIterable<Buffer>,
  { name, file, maxBytes, unusual }: KeepOptions,
): Promise<Part> {
  const out = pack();
  const stop = new AbortController();
  const meter = createMeter();
  const lag = createLag();
  const written = pipeline(
    Readable.from(lag.follow(out)),
    createGzip({ level: constants.Z_BEST_SPEED }),
    meter.stream,
    createWriteStream(file, { mode: 0o600 }),
    { signal: stop.signal },
  );
  written.catch((error: unknown) => stop.abort(error));
  const counts = { unpackedBytes: 0, entries: 0 };
  const guard = unusual === 'refuse' ? createEntryGuard() : undefined;
  try {
    await readEntries(archive, maxBytes, async (entry) => {
      guard?.(entry.header);
      if (!isPlain(entry.header)) return;
      counts.entries += 1;
      counts.unpackedBytes += entry.header.size ?? 0;
      lag.add();
      await copyEntry(entry, out, stop.signal);
      await lag.wait(stop.signal);
    });
    out.finalize();
  } catch (error) {
    stop.abort(error);
    // Its reader waits for more and could not end: Node.js 24 waits for that.
    out.destroy();
    await written.catch(() => undefined);
    throw error;
  }
  await written;
  return { name, ...counts, ...meter.facts() };
}

async function copyEntry(entry: Entry, out: Pack, signal: AbortSignal): Promise<void> {
  const { name, type, uid, gid, mtime, linkname } = entry.header;
  const isFile = type === 'file' || type === 'contiguous-file';
  const sink = out.entry({
    ...{ name, type, uid, gid, mtime, linkname: linkname ?? null },
    size: isFile ? entry.header.size : 0,
    // A file that nobody may read has no bits, which would be taken for "as usual".
    mode: keptMode(entry.header) | REGULAR_FILE,
  });
  // Whoever waits is told by the signal.
  sink.on('error', () => undefined);
  for await (const chunk of entry) {
    signal.throwIfAborted();
    if (!sink.write(chunk)) await once(sink, 'drain', { signal });
  }
  sink.end();
}

/** Links and directories are only names: nothing else keeps an archive of many from being held in memory. */
function createLag() {
  const events = new EventEmitter();
  let waiting = 0;
  return {
    async *follow(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
      for await (const chunk of chunks) {
        waiting = Math.max(0, waiting - 1);
        if (waiting === 0) events.emit('caught-up');
        yield chunk;
      }
    },
    /** Before the entry is written: it must not be read before it was counted. */
    add: () => void (waiting += 1),
    async wait(signal: AbortSignal): Promise<void> {
      if (waiting > MAX_LAG_ENTRIES) await once(events, 'caught-up', { signal });
    },
  };
}
