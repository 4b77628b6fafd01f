import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { BlockList, connect, type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { relayAnswer } from '../../../../lib/relay-answer.ts';
import type { ResolveHost } from './public-address.ts';

const CONNECT_LIMIT_MS = 20_000;
/** Each takes two descriptors of this process, which all workspaces share. */
const MAX_CONNECTIONS = 256;
/** Headers between a client and its proxy, or about one connection; the rest is passed on. */
const HOP_BY_HOP = [
  'proxy-connection',
  'proxy-authorization',
  'connection',
  'keep-alive',
  'upgrade',
];

/** EgressProxy is the only way out of a network that has no other. */
export interface EgressProxy {
  readonly port: number;
  close(): Promise<void>;
}

/** startEgressProxy forwards to the named hosts and no others: HTTP as such, everything else by CONNECT. */
export async function startEgressProxy(options: {
  /** Address of this machine in the network. */
  readonly address: string;
  /** Absent: any that is free. */
  readonly port?: number | undefined;
  /** Network whose members it serves: containers of others reach the address, too. */
  readonly clients: string;
  readonly hosts: readonly string[];
  readonly resolve: ResolveHost;
}): Promise<EgressProxy> {
  const permitted = new Set(options.hosts.map((host) => host.toLowerCase()));

  /** The address is looked up once, so that a name can't mean another one a moment later. */
  async function target(url: URL): Promise<{ host: string; port: number }> {
    if (!permitted.has(url.hostname)) throw new Error(`${url.hostname} is not in the egress list`);
    return { host: await options.resolve(url.hostname), port: Number(url.port) || 80 };
  }

  async function forward(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? '');
    if (url.protocol !== 'http:') throw new Error('Only http is forwarded as such');
    const { host, port } = await target(url);
    const headers = Object.entries(incoming.headers).filter(([name]) => !HOP_BY_HOP.includes(name));
    const onward = request({
      ...{ host, port, method: incoming.method, timeout: CONNECT_LIMIT_MS },
      path: `${url.pathname}${url.search}`,
      headers: { ...Object.fromEntries(headers), host: url.host },
    });
    onward.on('response', (answer) => relayAnswer(answer, outgoing));
    onward.on('timeout', () => onward.destroy());
    onward.on('error', (error) => refuse(outgoing, error));
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
  }

  async function tunnel(incoming: IncomingMessage, client: Duplex, head: Buffer): Promise<void> {
    const onward = connect(await target(new URL(`http://${incoming.url ?? ''}`)));
    onward.setTimeout(CONNECT_LIMIT_MS, () => onward.destroy());
    client.on('close', () => onward.destroy());
    onward.on('close', () => client.destroy());
    onward.on('error', () => client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'));
    await once(onward, 'connect');
    onward.setTimeout(0);
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    onward.write(head);
    client.pipe(onward).pipe(client);
  }

  const server = createServer((incoming, outgoing) => {
    forward(incoming, outgoing).catch((error: unknown) => refuse(outgoing, error));
  });
  server.on('connect', (incoming, client, head) => {
    client.on('error', () => undefined);
    tunnel(incoming, client, head).catch((error: unknown) => {
      client.end(`HTTP/1.1 403 Forbidden\r\ncontent-type: text/plain\r\n\r\n${wordsOf(error)}\n`);
    });
  });
  const clients = new Set<Duplex>();
  const network = networkOf(options.clients);
  server.on('connection', (client) => {
    if (!network.check(client.remoteAddress ?? '')) return client.destroy();
    clients.add(client);
    client.on('close', () => clients.delete(client));
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.listen(options.port ?? 0, options.address);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    async close() {
      server.close();
      for (const client of clients) client.destroy();
    },
  };
}

function networkOf(subnet: string): BlockList {
  const [address = '', prefix] = subnet.split('/');
  const network = new BlockList();
  network.addSubnet(address, Number(prefix), 'ipv4');
  return network;
}

function refuse(outgoing: ServerResponse, error: unknown): void {
  if (outgoing.headersSent) outgoing.destroy();
  else outgoing.writeHead(403, { 'content-type': 'text/plain' }).end(`${wordsOf(error)}\n`);
}

function wordsOf(error: unknown): string {
  return `spt-flow does not forward this: ${error instanceof Error ? error.message : String(error)}`;
}
