import type { Socket } from 'node:net';
import type { TunnelStream } from './types.ts';

/** Options of a socket that is to be joined: Node.js's own mark is what one TLS record fills. */
export const JOINED_SOCKET = { highWaterMark: 128 * 1024 };

/**
 * joinSocket carries bytes both ways at the pace of the slower, the end of each half, and resets. What closes after its
 * last bytes is left alone, because the other side may not have got them yet.
 */
export function joinSocket(stream: TunnelStream, socket: Socket): void {
  socket.on('error', (error) => stream.reset('internal', error.message));
  socket.once('close', () => {
    if (!socket.readableEnded) stream.reset('cancelled');
  });
  stream.once('close', () => {
    if (!stream.readableEnded) reset(socket);
  });
  stream.pipe(socket).pipe(stream);
  gatherWrites(stream, socket);
}

/** Sockets of a path have no reset, and no address. */
function reset(socket: Socket): void {
  if (socket.remoteFamily === undefined) socket.destroy();
  else socket.resetAndDestroy();
}

/**
 * What arrives in one turn of the event loop, with TLS in pieces of 16 KiB, leaves in one write: each costs a system call
 * and wakes the program. The first piece does not wait for others.
 */
function gatherWrites(stream: TunnelStream, socket: Socket): void {
  let isGathering = false;
  stream.on('data', () => {
    if (isGathering) return;
    isGathering = true;
    socket.cork();
    setImmediate(() => {
      isGathering = false;
      socket.uncork();
    });
  });
}
