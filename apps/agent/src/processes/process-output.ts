import type { Readable } from 'node:stream';
import type { Mask } from '@spt-flow/shared/agent-protocol/known-values';
import type { EmitEvent } from '../connection/event-buffer.ts';
import { createFloodLimit } from './flood-limit.ts';
import { createLogSplitter } from './log-splitter.ts';

const TAIL_BYTES = 4_000;

export interface OutputOptions {
  readonly source: string;
  /** Of the request that it runs for. */
  readonly correlationId?: string | undefined;
  readonly emit: EmitEvent;
  readonly nowMs: () => number;
  /** Hides what must not be seen. */
  readonly mask?: Mask | undefined;
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
  const { source, emit, nowMs, correlationId, mask = (text: string) => text } = options;
  const limit = createFloodLimit(nowMs);
  let tail = '';

  function tell(level: 'info' | 'warn', text: string): void {
    const id = correlationId === undefined ? {} : { correlationId };
    emit({ type: 'log', at: nowMs(), source, level, text, ...id });
  }

  function tellDropped(): void {
    const dropped = limit.takeDropped();
    if (dropped > 0) tell('warn', `${dropped} lines were dropped here: they came too fast`);
  }

  function follow(stream: Readable, level: 'info' | 'warn'): void {
    const splitter = createLogSplitter((line) => {
      const text = mask(line);
      tail = `${tail}${text}\n`.slice(-TAIL_BYTES);
      if (!limit.allows()) return;
      tellDropped();
      tell(level, text);
    });
    stream.on('data', (chunk: Buffer) => splitter.push(chunk));
    stream.on('end', () => {
      splitter.flush();
      tellDropped();
    });
  }

  follow(streams.stdout, 'info');
  follow(streams.stderr, 'warn');
  return { read: () => tail.trimEnd() };
}
