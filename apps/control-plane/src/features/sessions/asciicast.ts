import { createOutputFilter } from './output-filter.ts';
import type { RecordedEvent } from './recording-reader.ts';

export interface CastHead {
  readonly startedAt: Date;
  readonly title: string;
  /** Of a command in pipes: its lines end without a return of the cursor. */
  readonly isPiped: boolean;
}

interface Writer {
  head(size: { cols: number; rows: number }): object;
  /** Seconds as the version counts them. */
  time(atMs: number): number;
  /** The event of an exit code; undefined: the version has none. */
  exit(exitCode: number): readonly [string, string] | undefined;
}

/** writeAsciicast writes the lines of asciicast version 2 or 3, of which none steers the terminal that plays them. */
export async function* writeAsciicast(
  events: AsyncIterable<RecordedEvent>,
  head: CastHead,
  version: '2' | '3',
): AsyncGenerator<string> {
  const writer = version === '2' ? version2(head) : version3(head);
  const filter = createOutputFilter();
  const newlines = head.isPiped ? createReturns() : (text: string) => text;
  let hasHead = false;
  for await (const event of events) {
    if (!hasHead) {
      hasHead = true;
      yield lineOf(writer.head(event.type === 'size' ? event.size : { cols: 80, rows: 24 }));
      if (event.type === 'size') continue;
    }
    const entry = entryOf(event, { writer, show: (text) => newlines(filter(text)) });
    if (entry) yield lineOf([writer.time(event.atMs), ...entry]);
  }
}

function entryOf(
  event: RecordedEvent,
  { writer, show }: { writer: Writer; show: (text: string) => string },
): readonly [code: string, data: string] | undefined {
  if (event.type === 'size') return ['r', `${event.size.cols}x${event.size.rows}`];
  if (event.type === 'damage') return ['m', `Damaged: ${event.what}`];
  if (event.type === 'end')
    return event.exitCode === undefined ? undefined : writer.exit(event.exitCode);
  const text = show(event.text);
  return text === '' ? undefined : ['o', text];
}

function version2({ startedAt, title }: CastHead): Writer {
  return {
    head: ({ cols, rows }) => ({
      ...{ version: 2, width: cols, height: rows },
      ...{ timestamp: seconds(startedAt), title, env: { TERM: 'xterm-256color' } },
    }),
    time: (atMs) => atMs / 1000,
    exit: () => undefined,
  };
}

function version3({ startedAt, title }: CastHead): Writer {
  let beforeMs = 0;
  return {
    head: ({ cols, rows }) => ({
      ...{ version: 3, term: { cols, rows, type: 'xterm-256color' } },
      ...{ timestamp: seconds(startedAt), title },
    }),
    time(atMs) {
      const intervalMs = atMs - beforeMs;
      beforeMs = atMs;
      return intervalMs / 1000;
    },
    exit: (exitCode) => ['x', String(exitCode)],
  };
}

/** A terminal makes returns of the line ends of programs; a pipe does not. */
function createReturns(): (text: string) => string {
  let isAfterReturn = false;
  return (text) => {
    const shown = text.replace(/\n/g, (_end, at: number) =>
      (at === 0 ? isAfterReturn : text[at - 1] === '\r') ? '\n' : '\r\n',
    );
    if (text !== '') isAfterReturn = text.endsWith('\r');
    return shown;
  };
}

function seconds(instant: Date): number {
  return Math.floor(instant.getTime() / 1000);
}

function lineOf(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}
