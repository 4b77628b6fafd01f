import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Duplex, PassThrough, type Readable, type Writable } from 'node:stream';
import { UpdateLineSchema, type UpdateLine } from '@spt-flow/shared/agent-protocol/updates';
import { createLogSplitter } from '../../src/processes/log-splitter.ts';
import { ignoring } from '../../src/system/errors.ts';

type UpdateResult = Extract<UpdateLine, { outcome: string }>;

/** Gives an agent what lies in a folder of releases, as it asks, until it says what came of it. */
export function giveRelease(stream: Duplex, folder: string): Promise<UpdateResult | undefined> {
  return new Promise((resolve) => {
    let turn = Promise.resolve();
    const lines = createLogSplitter((text) => {
      const line = UpdateLineSchema.parse(JSON.parse(text));
      if ('outcome' in line) resolve(line);
      else turn = turn.then(() => answer(stream, folder, line));
    });
    stream.on('data', (chunk: Buffer) => lines.push(chunk));
    stream.on('error', () => resolve(undefined));
    stream.once('close', () => resolve(undefined));
    stream.once('end', () => resolve(undefined));
  });
}

async function answer(
  stream: Duplex,
  folder: string,
  { get, offset, maxBytes }: Extract<UpdateLine, { get: string }>,
): Promise<void> {
  const file = await ignoring(['ENOENT'], () => readFile(join(folder, get)));
  const bytes = file?.subarray(offset, offset + maxBytes) ?? Buffer.alloc(0);
  const head = { sizeBytes: file?.length ?? null, lengthBytes: bytes.length };
  if (!stream.destroyed)
    stream.write(Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), bytes]));
}

/** Two ends of a connection without a network. */
export function createStreams(): { near: { input: Readable; output: Writable }; far: Duplex } {
  const [up, down] = [new PassThrough(), new PassThrough()];
  const far = Duplex.from({ readable: up, writable: down });
  return { near: { input: down, output: up }, far };
}
