import type { Server } from 'node:net';
import { portOf } from '../../support/ports.ts';

type AnyServer = Server & { closeAllConnections?(): void };

export interface Servers {
  /** Resolves with the port. */
  listen(server: AnyServer): Promise<number>;
  close(): void;
}

/** createServers listens on ports of the system's choice, and closes all of them at once. */
export function createServers(): Servers {
  const open: AnyServer[] = [];

  async function listen(server: AnyServer): Promise<number> {
    open.push(server);
    server.listen(0, '127.0.0.1');
    return await portOf(server);
  }

  function close(): void {
    for (const server of open) {
      server.closeAllConnections?.();
      server.close();
    }
  }

  return { listen, close };
}
