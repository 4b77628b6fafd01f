import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { portOf } from '../support/ports.ts';

/** SlowProxy is the way to another port of this machine, with a speed of its own. */
export interface SlowProxy {
  readonly port: number;
  /** Bytes that are let through before everything stands still. */
  letThrough(bytes: number): void;
  close(): Promise<void>;
}

export async function startSlowProxy(toPort: number): Promise<SlowProxy> {
  const sockets = new Set<Socket>();
  let left = Number.POSITIVE_INFINITY;
  const server = createServer((client) => {
    const target = connect(toPort, '127.0.0.1');
    for (const socket of [client, target]) {
      sockets.add(socket);
      socket
        .on('error', () => undefined)
        .on('close', () => {
          sockets.delete(socket);
          client.destroy();
          target.destroy();
        });
    }
    client.pipe(target);
    target.on('data', (chunk) => {
      left -= chunk.length;
      if (left > 0) client.write(chunk);
      else target.pause();
    });
  }).listen(0, '127.0.0.1');
  return {
    port: await portOf(server),
    letThrough: (bytes) => void (left = bytes),
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
