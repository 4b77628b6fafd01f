import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { TunnelStream } from '../src/types.ts';
import { connectTunnels, type TunnelPair } from './support/tunnel-server.ts';

const MIB = 1024 * 1024;
let pair: TunnelPair;

beforeEach(async () => {
  pair = await connectTunnels();
  pair.agent.onStream((stream) => {
    stream.respond({ ok: true });
    if (stream.head === 'echo') stream.pipe(stream);
    if (stream.head === 'flood') stream.write(Buffer.alloc(64 * MIB));
  });
});
afterEach(() => pair.close());

async function echo(message: string): Promise<string> {
  const stream = pair.controlPlane.open('echo');
  stream.end(message);
  return text(stream);
}

function* randomChunks(totalBytes: number): Generator<Buffer> {
  let seed = 1;
  for (let left = totalBytes; left > 0;) {
    seed = (seed * 1_103_515_245 + 12_345) % 0x8000_0000;
    const chunk = Buffer.alloc(Math.min(left, 1 + (seed % 200_000)), seed % 251);
    left -= chunk.length;
    yield chunk;
  }
}

it('100 MiB arrive unchanged in both directions at once', async () => {
  const stream = pair.controlPlane.open('echo');
  const sent = createHash('sha256');
  const received = createHash('sha256');
  const source = Readable.from(randomChunks(100 * MIB)).on('data', (chunk: Buffer) => {
    sent.update(chunk);
  });
  stream.on('data', (chunk: Buffer) => received.update(chunk));

  await Promise.all([pipeline(source, stream, { end: true }), once(stream, 'end')]);

  expect(received.digest('hex')).toBe(sent.digest('hex'));
});

it('a reader that never reads holds at most its window, and others go on', async () => {
  const stuck = Array.from({ length: 8 }, () => pair.controlPlane.open('flood'));
  await Promise.all(stuck.map((stream) => stream.response));

  for (let round = 0; round < 50; round += 1)
    expect(await echo(`round ${round}`)).toBe(`round ${round}`);

  for (const stream of stuck) expect(stream.readableLength).toBeLessThanOrEqual(256 * 1024);
  expect(pair.socket.writableLength).toBeLessThan(MIB);
});

it('64 streams aborted under load stall nobody', async () => {
  const survivors: Promise<string>[] = [];
  const loud: TunnelStream[] = [];
  for (let count = 0; count < 64; count += 1) {
    const stream = pair.controlPlane.open(count % 2 === 0 ? 'flood' : 'echo');
    stream.write(Buffer.alloc(MIB));
    stream.resume();
    loud.push(stream);
  }
  await Promise.all(loud.map((stream) => once(stream, 'data')));
  for (let count = 0; count < 16; count += 1) survivors.push(echo(`${count}`.repeat(100_000)));

  for (const stream of loud) stream.destroy();

  const echoed = await Promise.all(survivors);
  expect(echoed.map((body) => body.length)).toEqual(
    Array.from({ length: 16 }, (_, count) => `${count}`.length * 100_000),
  );
  await pair.controlPlane.ping();
  expect([pair.controlPlane.streamCount, pair.agent.streamCount]).toEqual([0, 0]);
});

it('1000 streams at once all come back', async () => {
  const messages = Array.from({ length: 1_000 }, (_, index) => `stream ${index} `.repeat(20));

  expect(await Promise.all(messages.map((message) => echo(message)))).toEqual(messages);
});

it('a lost connection ends every stream on both sides', async () => {
  const stream = pair.controlPlane.open('echo');
  await stream.response;
  pair.socket.destroy();

  await expect(stream.trailers).rejects.toMatchObject({ code: 'tunnel_closed' });
  await pair.agent.closed;
  expect(pair.agent.streamCount).toBe(0);
});

it('the reason of closing reaches the other side', async () => {
  pair.controlPlane.close('replaced');

  expect(await pair.agent.closed).toBe('replaced');
});
