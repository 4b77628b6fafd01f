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

export function portOf(listener: Server): number {
  const address = listener.address();
  if (typeof address !== 'object' || address === null) throw new Error('does not listen on a port');
  return address.port;
}

export async function freePort(): Promise<number> {
  const listener = await listenSilently();
  const port = portOf(listener);
  listener.close();
  await once(listener, 'close');
  return port;
}
