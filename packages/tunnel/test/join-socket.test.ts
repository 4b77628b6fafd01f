import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, Socket, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { JOINED_SOCKET, joinSocket } from '../src/join-socket.ts';
import { connectTunnels, type TunnelPair } from './support/tunnel-server.ts';

const PIECE_BYTES = 16 * 1024;
const PIECES = Array.from({ length: 6 }, (_, index) => Buffer.alloc(PIECE_BYTES, index));

type Written = (error?: Error | null) => void;

/** Counts what it is asked to write, each time a call of the system. */
class CountingSocket extends Socket {
  writes = 0;

  override _write(chunk: Buffer, encoding: BufferEncoding, done: Written): void {
    this.writes += 1;
    super._write(chunk, encoding, done);
  }

  override _writev(chunks: { chunk: Buffer; encoding: BufferEncoding }[], done: Written): void {
    this.writes += 1;
    super._writev?.(chunks, done);
  }
}

let pair: TunnelPair;
beforeEach(async () => (pair = await connectTunnels()));
afterEach(() => pair.close());

it('pieces that arrive in one turn leave in two writes, the first at once, all in order', async () => {
  const program = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(program, 'listening');
  const taken = once(program, 'connection');
  const socket = new CountingSocket({ ...JOINED_SOCKET, allowHalfOpen: true });
  socket.connect((program.address() as AddressInfo).port, '127.0.0.1');
  await once(socket, 'connect');
  const [served] = (await taken) as [Socket];
  const arrived = buffer(served);
  const stream = pair.controlPlane.open('bytes');
  joinSocket(stream, socket);
  // Reading begins in a turn of its own.
  await new Promise(setImmediate);

  for (const piece of PIECES) stream.push(piece);
  expect(socket.writes).toBe(1);
  await new Promise(setImmediate);
  expect(socket.writes).toBe(2);

  socket.end();
  expect((await arrived).equals(Buffer.concat(PIECES))).toBe(true);
  served.destroy();
  program.close();
});

it('ends the connection to the socket of a path with the stream', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'spt-join-'));
  const program = createServer().listen(path.join(folder, 'program.sock'));
  await once(program, 'listening');
  const taken = once(program, 'connection');
  const socket = connect(path.join(folder, 'program.sock'));
  const [served] = (await taken) as [Socket];
  const stream = pair.controlPlane.open('bytes');
  stream.on('error', () => undefined);
  joinSocket(stream, socket);

  stream.reset('cancelled');

  await once(served, 'close');
  program.close();
  await rm(folder, { recursive: true });
});
