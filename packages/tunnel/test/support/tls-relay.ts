import { once } from 'node:events';
import { type AddressInfo, type Socket } from 'node:net';
import { connect, createServer } from 'node:tls';
import type { Certificate } from '../../src/testing/certificate.ts';

export interface TlsRelay {
  readonly port: number;
  /** All that passed it, as it reads it. */
  readonly seen: Buffer[];
  /** Flips a bit of the next bytes towards the agent. */
  tamper: boolean;
  close(): Promise<void>;
}

/** startTlsRelay ends the agent's TLS with a certificate of its own and opens TLS to the real server. */
export async function startTlsRelay(options: {
  certificate: Certificate;
  target: { port: number; ca: string };
}): Promise<TlsRelay> {
  const seen: Buffer[] = [];
  const sockets = new Set<Socket>();
  const server = createServer(options.certificate, (client) => {
    const upstream = connect({ host: '127.0.0.1', ...options.target });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket
        .on('error', () => undefined)
        .on('close', () => [client, upstream].map((end) => end.destroy()));
      socket.on('data', (chunk: Buffer) => seen.push(Buffer.from(chunk)));
    }
    client.pipe(upstream);
    upstream.on('data', (chunk: Buffer) => client.write(relay.tamper ? flipLast(chunk) : chunk));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const relay: TlsRelay = {
    port: (server.address() as AddressInfo).port,
    seen,
    tamper: false,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
  return relay;
}

function flipLast(chunk: Buffer): Buffer {
  const changed = Buffer.from(chunk);
  changed[changed.length - 1] = (changed[changed.length - 1] ?? 0) ^ 1;
  return changed;
}
