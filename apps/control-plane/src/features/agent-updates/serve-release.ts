import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import {
  UpdateLineSchema,
  type UpdateLine,
  type UpdatePart,
} from '@spt-flow/shared/agent-protocol/updates';
import { createDeferred } from '@spt-flow/tunnel/deferred';
import { createExclusive } from '../../lib/exclusive.ts';
import { createLineCutter } from '../../lib/line-cutter.ts';
import type { Bandwidth } from './bandwidth.ts';
import type { ReleaseFolder } from './release-folder.ts';

const MAX_LINE_CHARACTERS = 8_192;
const MAX_QUESTIONS = 4;

export type UpdateResult = Extract<UpdateLine, { outcome: string }>;
type Question = Extract<UpdateLine, { get: string }>;

export interface ReleaseServing {
  readonly folder: Pick<ReleaseFolder, 'find'>;
  readonly bandwidth: Bandwidth;
}

/** serveRelease gives an agent what it asks for, until it says what came of it: that may be in the middle of a file. */
export async function serveRelease(stream: Duplex, serving: ReleaseServing): Promise<UpdateResult> {
  const result = createDeferred<UpdateResult>();
  const state = { isOver: false, asked: 0 };
  const inTurn = createExclusive();
  const end = (outcome: UpdateResult) => {
    state.isOver = true;
    result.resolve(outcome);
  };
  const breakOff = (message: string) =>
    end({ outcome: 'refused', fault: 'interrupted', message: message.slice(0, 500) });

  async function answerTo(question: Question): Promise<void> {
    for await (const bytes of answer(question, serving)) {
      if (state.isOver) return;
      if (!stream.write(bytes)) await Promise.race([once(stream, 'drain'), result.promise]);
    }
    state.asked -= 1;
  }

  /** The next question may be here before the last bytes of an answer are known to have gone; more is a flood. */
  function take(question: Question): void {
    state.asked += 1;
    if (state.asked > MAX_QUESTIONS) return breakOff('The agent asks too much at once');
    inTurn
      .run('answer', () => answerTo(question))
      .catch((error: unknown) => breakOff(String(error)));
  }

  const cutter = createLineCutter(MAX_LINE_CHARACTERS, (text) => {
    if (state.isOver) return;
    const line = parse(text);
    if (!line) breakOff('The agent says what cannot be read');
    else if ('outcome' in line) end(line);
    else take(line);
  });
  stream.on('data', (chunk: Buffer) => cutter.write(chunk.toString('utf8')));
  stream.on('error', (error) => breakOff(error.message));
  stream.once('end', () => breakOff('The connection ended'));
  stream.once('close', () => breakOff('The connection ended'));
  return result.promise;
}

async function* answer(
  { get, offset, maxBytes }: Question,
  { folder, bandwidth }: ReleaseServing,
): AsyncGenerator<Buffer> {
  const file = await folder.find(get);
  const sizeBytes = file?.sizeBytes ?? null;
  const lengthBytes = Math.max(0, Math.min((sizeBytes ?? 0) - offset, maxBytes));
  const part: UpdatePart = { sizeBytes, lengthBytes };
  yield Buffer.from(`${JSON.stringify(part)}\n`);
  if (!file) return;
  for await (const bytes of file.read({ offset, lengthBytes })) {
    await bandwidth.take(bytes.length);
    yield bytes;
  }
}

function parse(text: string): UpdateLine | undefined {
  try {
    return UpdateLineSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
