import type { Socket } from 'node:net';
import type { TunnelStream } from './types.ts';

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
    if (!stream.readableEnded) socket.resetAndDestroy();
  });
  stream.pipe(socket).pipe(stream);
}
