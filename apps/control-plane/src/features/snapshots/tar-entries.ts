import { once } from 'node:events';
import { extract, type Entry, type Extract } from 'tar-stream';
import { AppError } from '@spt-flow/shared/domain/errors';
import { refuse } from './manifest.ts';

/** Between two files there are their names and attributes only, which are held in memory. */
const MAX_HEADER_BYTES = 4 * 1024 * 1024;
const MAX_ENTRIES = 5_000_000;

/** How far the archive was fed since the end of a file in it. */
interface Progress {
  headerBytes: number;
  /** What comes is in a file, and goes on to who reads it. */
  isInFile: boolean;
}

/**
 * readEntries hands over the entries of a tar archive in turn; what it holds in memory does not depend on the archive.
 * Each entry is read to its end before the next one comes. AppError `backup_invalid` when it is broken or too large.
 */
export async function readEntries(
  archive: AsyncIterable<Buffer>,
  maxBytes: number,
  take: (entry: Entry) => Promise<void>,
): Promise<void> {
  const extractor = extract();
  const progress: Progress = { headerBytes: 0, isInFile: false };
  const stop = new AbortController();
  const broken: unknown[] = [];
  const fed = feed(archive, { extractor, progress, maxBytes, signal: stop.signal }).catch(
    (error: unknown) => {
      // What was stopped did not break by itself.
      if (!stop.signal.aborted) broken.push(error);
      extractor.destroy();
    },
  );
  try {
    await takeAll(extractor, progress, take);
  } catch (error) {
    broken.push(error);
    stop.abort(error);
    extractor.destroy();
  }
  await fed;
  if (broken.length > 0) throw brokenArchive(broken[0]);
}

async function takeAll(
  extractor: Extract,
  progress: Progress,
  take: (entry: Entry) => Promise<void>,
): Promise<void> {
  let entries = 0;
  for await (const entry of extractor) {
    progress.isInFile = true;
    entry.on('end', () => {
      progress.isInFile = false;
      progress.headerBytes = 0;
    });
    entries += 1;
    if (entries > MAX_ENTRIES) throw refuse('too_large', `it has more than ${MAX_ENTRIES} files`);
    await take(entry);
    entry.resume();
  }
}

async function feed(
  archive: AsyncIterable<Buffer>,
  target: { extractor: Extract; progress: Progress; maxBytes: number; signal: AbortSignal },
): Promise<void> {
  const { extractor, progress, maxBytes, signal } = target;
  let bytes = 0;
  for await (const chunk of archive) {
    signal.throwIfAborted();
    bytes += chunk.length;
    if (!progress.isInFile) progress.headerBytes += chunk.length;
    if (bytes > maxBytes) throw refuse('too_large', `it unpacks to more than ${maxBytes} bytes`);
    if (progress.headerBytes > MAX_HEADER_BYTES)
      throw refuse('too_large', 'it has names or attributes without an end');
    if (!extractor.write(chunk)) await once(extractor, 'drain', { signal });
  }
  extractor.end();
}

/** Words of tar-stream and zlib for what is cut off or was changed. */
const BROKEN = /unexpected end|invalid tar|incorrect|invalid|writable stream closed/i;

function brokenArchive(error: unknown): unknown {
  if (error instanceof AppError || !(error instanceof Error)) return error;
  return BROKEN.test(error.message) ? refuse('truncated', error.message.toLowerCase()) : error;
}
