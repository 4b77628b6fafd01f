import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { CliIo } from '../core/io.ts';
import { parseJson } from '../core/json.ts';
import { createScreenWatch } from './screen-watch.ts';

const EventSchema = z.tuple([z.number(), z.string(), z.string()]);

export interface PlayOptions {
  readonly io: Pick<CliIo, 'stdout' | 'stderr' | 'signal'>;
  readonly speed: number;
  readonly idleSeconds: number;
}

/** playCast writes an asciicast of version 3 at its own pace; pauses are cut, and damage is named where it is. */
export async function playCast(recording: Readable, options: PlayOptions): Promise<void> {
  const { io, speed, idleSeconds } = options;
  const screen = createScreenWatch();
  try {
    for await (const line of createInterface({ input: recording, crlfDelay: Infinity })) {
      const event = EventSchema.safeParse(parseJson(line));
      // The head, or what a later version has more.
      if (!event.success) continue;
      const [interval, code, text] = event.data;
      const seconds = Math.min(interval, idleSeconds) / speed;
      if (seconds > 0) await sleep(seconds * 1000, undefined, { signal: io.signal });
      if (code === 'm') io.stderr.write(`\r\n[${text}]\r\n`);
      if (code !== 'o') continue;
      screen.see(Buffer.from(text));
      if (!io.stdout.write(text)) await once(io.stdout, 'drain');
    }
  } finally {
    recording.destroy();
    if (io.stdout.isTTY) io.stdout.write(screen.restore());
  }
}
