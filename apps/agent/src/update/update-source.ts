import type { Readable, Writable } from 'node:stream';
import {
  UpdatePartSchema,
  type UpdateLine,
  type UpdatePart,
} from '@spt-flow/shared/agent-protocol/updates';
import { ReleaseError } from '@spt-flow/releases/release-error';
import type { MetadataSource } from '@spt-flow/releases/verify-releases';

const LINE_END = 0x0a;
const MAX_LINE_BYTES = 1_024;
/** A control plane that gives nothing for so long has forgotten this update; what came is kept. */
const SILENCE_MS = 120_000;

export interface Part extends UpdatePart {
  /** As it arrives; must be read to its end before the next question. */
  readonly bytes: AsyncIterable<Buffer>;
}

/** UpdateSource asks the control plane for files, one part at a time; nothing that comes of it is trusted. */
export interface UpdateSource extends MetadataSource {
  ask(name: string, range: { offset: number; maxBytes: number }): Promise<Part>;
  say(line: UpdateLine): Promise<void>;
}

export function createUpdateSource(input: Readable, output: Writable): UpdateSource {
  const chunks = input[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);

  async function more(): Promise<void> {
    const next = await inTime(chunks.next());
    if (next.done === true)
      throw new ReleaseError('interrupted', 'The connection ended while a release was fetched');
    const chunk = Buffer.from(next.value as Uint8Array);
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
  }

  async function readPart(): Promise<UpdatePart> {
    let end = rest.indexOf(LINE_END);
    while (end === -1) {
      if (rest.length > MAX_LINE_BYTES) throw new ReleaseError('malformed', 'An answer has no end');
      await more();
      end = rest.indexOf(LINE_END);
    }
    const line = rest.subarray(0, end).toString('utf8');
    rest = rest.subarray(end + 1);
    const part = UpdatePartSchema.safeParse(parseJson(line));
    if (!part.success) throw new ReleaseError('malformed', 'An answer cannot be read');
    return part.data;
  }

  async function* readBytes(lengthBytes: number): AsyncGenerator<Buffer> {
    for (let left = lengthBytes; left > 0;) {
      if (rest.length === 0) await more();
      const bytes = rest.subarray(0, left);
      rest = rest.subarray(bytes.length);
      left -= bytes.length;
      yield bytes;
    }
  }

  async function say(line: UpdateLine): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      output.write(`${JSON.stringify(line)}\n`, (error) => (error ? reject(error) : resolve()));
    });
  }

  async function ask(name: string, range: { offset: number; maxBytes: number }): Promise<Part> {
    await say({ get: name, ...range });
    const part = await readPart();
    if (part.lengthBytes > range.maxBytes)
      throw new ReleaseError('too_large', `More of '${name}' is sent than was asked for`);
    return { ...part, bytes: readBytes(part.lengthBytes) };
  }

  return {
    ask,
    say,
    async read(name, maxBytes) {
      const { sizeBytes, bytes } = await ask(name, { offset: 0, maxBytes });
      if (sizeBytes === null) return undefined;
      if (sizeBytes > maxBytes)
        throw new ReleaseError('too_large', `'${name}' is larger than ${maxBytes} bytes`);
      const content = await collect(bytes);
      if (content.length === sizeBytes) return content;
      throw new ReleaseError('interrupted', `'${name}' did not arrive whole`);
    },
  };
}

async function collect(bytes: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const chunk of bytes) all.push(chunk);
  return Buffer.concat(all);
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

async function inTime<T>(step: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_resolve, reject) => {
    const expire = () => reject(new ReleaseError('interrupted', 'The control plane sends nothing'));
    timer = setTimeout(expire, SILENCE_MS);
  });
  return Promise.race([step, silence]).finally(() => clearTimeout(timer));
}
