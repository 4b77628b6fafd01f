import type { Socket } from 'node:net';
import type { ByteSocket, ByteSocketHandlers } from './byte-socket.ts';
import { NodeSocket } from './node-socket.ts';
import { bytesRead } from '../young-collections.ts';

/** adoptNodeSocket takes over a socket that an HTTP server upgraded; its chunks are the handlers' to keep and to change. */
export function adoptNodeSocket(socket: Socket, handlers: ByteSocketHandlers): ByteSocket {
  socket.setTimeout(0);
  socket.setNoDelay(true);
  socket.on('data', (chunk: Buffer) => {
    bytesRead(chunk.length);
    handlers.onBytes(chunk);
  });
  return new NodeSocket(socket, handlers);
}
