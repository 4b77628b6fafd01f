import type { WebSocket } from 'ws';

const INTERVAL_MS = 30_000;

/** watchHeartbeat ends connections whose other side vanished without a word. */
export function watchHeartbeat(socket: WebSocket): void {
  let alive = true;
  socket.on('pong', () => (alive = true));
  socket.on('message', () => (alive = true));
  const timer = setInterval(() => {
    // A paused socket reads no pongs: it waits for the workspace, not for the browser.
    if (!alive && !socket.isPaused) return socket.terminate();
    alive = false;
    socket.ping();
  }, INTERVAL_MS);
  socket.once('close', () => clearInterval(timer));
}
