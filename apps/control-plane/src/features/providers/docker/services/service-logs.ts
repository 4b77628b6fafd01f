import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type Docker from 'dockerode';
import { createLineCutter } from '../../../../lib/line-cutter.ts';
import { unlessMissing } from '../engine/engine.ts';
import { framesOf } from '../engine/frames.ts';

const MAX_LINE_CHARACTERS = 2_000;
/** What is shown of a service that writes without end. */
const LINES_PER_SECOND = 50;
const RESTART_POLL_MS = 500;

export type OnLine = (line: string) => void;

/** followLines hands over what was written, as much as a person can read; resolves when nothing more comes. */
export async function followLines(
  output: AsyncIterable<Buffer | string>,
  onLine: OnLine,
): Promise<void> {
  const input = Readable.from(framesOf(output), { objectMode: false });
  input.on('error', () => undefined);
  const cutter = createLineCutter(MAX_LINE_CHARACTERS, limitLines(onLine));
  for await (const text of input.setEncoding('utf8')) cutter.write(String(text));
  cutter.end();
}

function limitLines(onLine: OnLine): OnLine {
  let second = 0;
  let count = 0;
  return (line) => {
    const now = Math.floor(performance.now() / 1_000);
    if (now !== second) {
      if (count > LINES_PER_SECOND) onLine(`(${count - LINES_PER_SECOND} lines left out)`);
      second = now;
      count = 0;
    }
    count += 1;
    if (count <= LINES_PER_SECOND) onLine(line);
  };
}

/** followContainer follows a container through its restarts, and returns how it ended; undefined: it was removed. */
export async function followContainer(
  container: Docker.Container,
  { onLine, signal }: { readonly onLine: OnLine; readonly signal: AbortSignal },
): Promise<{ exitCode: number; isOutOfMemory: boolean } | undefined> {
  let since = 0;
  while (!signal.aborted) {
    const options = {
      follow: true as const,
      stdout: true,
      stderr: true,
      since,
      abortSignal: signal,
    };
    const output = await unlessMissing(container.logs(options));
    if (!output) return undefined;
    await followLines(Readable.from(output), onLine).catch(() => undefined);
    const found = await unlessMissing(container.inspect());
    if (!found) return undefined;
    const { State: state } = found;
    if (!state.Running && !state.Restarting)
      return { exitCode: state.ExitCode, isOutOfMemory: state.OOMKilled };
    since = Math.ceil(Date.parse(state.FinishedAt) / 1_000) || 0;
    await delay(RESTART_POLL_MS, undefined, { ref: false });
  }
  return undefined;
}
