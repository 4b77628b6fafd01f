import type { Readable } from 'node:stream';
import type { EmitEvent } from '../connection/event-buffer.ts';
import { createFloodLimit } from './flood-limit.ts';
import { createLogSplitter } from './log-splitter.ts';

const TAIL_BYTES = 4_000;

export interface OutputOptions {
  readonly source: string;
  readonly emit: EmitEvent;
  readonly nowMs: () => number;
}

/** The last words of a process, for explanations. */
export interface OutputTail {
  read(): string;
}

/** Reads a process's output to its end, whatever its speed: the app must never block on its log. */
export function captureOutput(
  streams: { stdout: Readable; stderr: Readable },
  options: OutputOptions,
): OutputTail {
  const limit = createFloodLimit(options.nowMs);
  let tail = '';

  function follow(stream: Readable, level: 'info' | 'warn'): void {
    const splitter = createLogSplitter((text) => {
      tail = `${tail}${text}\n`.slice(-TAIL_BYTES);
      if (!limit.allows()) return;
      const dropped = limit.takeDropped();
      if (dropped > 0) options.emit({ type: 'dropped', count: dropped });
      options.emit({ type: 'log', at: options.nowMs(), source: options.source, level, text });
    });
    stream.on('data', (chunk: Buffer) => splitter.push(chunk));
    stream.on('end', () => splitter.flush());
  }

  follow(streams.stdout, 'info');
  follow(streams.stderr, 'warn');
  return { read: () => tail.trimEnd() };
}
