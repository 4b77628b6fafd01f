import type { Socket } from 'node:net';
import { readWaiting } from './read-waiting.ts';

const CHUNK_BYTES = 64 * 1024;
/** More than the kernel keeps: who still writes after the end of the command is not followed for ever. */
const MAX_REST_BYTES = 1024 * 1024;

/**
 * Makes the destruction of a terminal's socket read the rest first. Without this it is lost: an end that the kernel
 * reports destroys a paused socket with what waits in it, Node takes the first short read after a hang-up for the
 * last one, and node-pty destroys the socket some 200 ms after the exit.
 */
export function drainOnDestroy(
  { socket, fd }: { socket: Socket; fd: number },
  onData: (bytes: Uint8Array) => void,
): void {
  const destroy = socket.destroy.bind(socket);
  let isDrained = false;
  socket.destroy = (error) => {
    if (!isDrained) {
      isDrained = true;
      // What waits in the socket; reading it tells those who listen for data.
      while (socket.read() !== null);
      readRest(fd, onData);
    }
    return destroy(error);
  };
}

function readRest(fd: number, onData: (bytes: Uint8Array) => void): void {
  for (let restBytes = 0; restBytes < MAX_REST_BYTES;) {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    const count = readWaiting(fd, chunk);
    if (count === 0) return;
    onData(chunk.subarray(0, count));
    restBytes += count;
  }
}
