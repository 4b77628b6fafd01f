import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

export interface ConnectProxy {
  readonly url: URL;
  /** What was asked for: authority and `Proxy-Authorization`. */
  readonly requests: [authority: string, credentials: string | undefined][];
  /** Cuts the connections that it carries. */
  cut(): void;
  close(): Promise<void>;
}

/** startProxy runs an HTTP proxy that connects whoever has the right credentials, if any are wanted. */
export async function startProxy(credentials?: string): Promise<ConnectProxy> {
  const sockets = new Set<Socket>();
  const requests: ConnectProxy['requests'] = [];
  const server = createServer();
  server.on('connect', (request, client: Socket) => {
    const given = request.headers['proxy-authorization'];
    requests.push([request.url ?? '', given]);
    client.on('error', () => undefined);
    const expected = credentials && `Basic ${Buffer.from(credentials).toString('base64')}`;
    if (expected !== given) return client.end('HTTP/1.1 407 Who are you\r\n\r\n');
    const { hostname, port } = new URL(`http://${request.url}`);
    const target = connect(Number(port), hostname.replace(/^\[|\]$/g, ''));
    target.on('error', () => client.end('HTTP/1.1 502 Nobody there\r\n\r\n'));
    target.on('connect', () => {
      client.write('HTTP/1.1 200 Connected\r\n\r\n');
      client.pipe(target).pipe(client);
    });
    sockets.add(client).add(target);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const login = credentials === undefined ? '' : `${credentials}@`;
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: new URL(`http://${login}127.0.0.1:${(server.address() as AddressInfo).port}`),
    requests,
    cut,
    async close() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
