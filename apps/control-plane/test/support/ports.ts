import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/** portOf is where a server listens, as soon as it does. */
export async function portOf(server: Server): Promise<number> {
  if (!server.listening) await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('does not listen on a port');
  return address.port;
}

/** freePort is one that nobody has at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  const port = await portOf(server);
  server.close();
  await once(server, 'close');
  return port;
}
