import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

export async function listenOn(port: number): Promise<Server> {
  const listener = createServer((socket) => socket.on('error', () => undefined)).listen(
    port,
    '127.0.0.1',
  );
  await once(listener, 'listening');
  return listener;
}

/** Takes connections and never says a word. */
export function listenSilently(): Promise<Server> {
  return listenOn(0);
}
