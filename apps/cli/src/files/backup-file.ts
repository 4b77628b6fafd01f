import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { CliError, EXIT } from '../core/errors.ts';

const EXTENSION = '.spt-flow.tar';

/** backupFileName is where a backup goes when nobody says. */
export function backupFileName(workspace: string): string {
  return `${workspace.replace(/[^\w.-]/g, '_')}-${new Date().toISOString().slice(0, 10)}${EXTENSION}`;
}

/** saveFile writes a file for its owner only; one that is there under the name is replaced once the new one is whole. */
export async function saveFile(
  file: string,
  content: Readable,
  signal: AbortSignal,
): Promise<void> {
  const unfinished = `${file}.part`;
  const sink = createWriteStream(unfinished, { mode: 0o600 });
  const closed = finished(sink).catch(() => undefined);
  try {
    await pipeline(content, sink, { signal });
    await rename(unfinished, file);
  } catch (cause) {
    // Until then it may still make its file.
    await closed;
    await rm(unfinished, { force: true });
    signal.throwIfAborted();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CliError({
      ...{ what: `${file} could not be written: ${reason}`, exitCode: EXIT.failure },
      ...{ safe: 'The workspace is as it was', cause },
    });
  }
}
