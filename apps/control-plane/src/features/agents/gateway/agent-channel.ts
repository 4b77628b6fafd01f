import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import { authorityOf, isLoopbackUrl } from '@spt-flow/tunnel/websocket/client';

/** AgentChannel is what the control plane itself knows of a connection, before anybody proved anything. */
export interface AgentChannel {
  /** The own address that was dialled. */
  readonly authority: string;
  /** Known to the two ends of this TLS connection only; undefined when another ends it, or nobody. */
  readonly exported: Buffer | undefined;
  /** Never left this machine. */
  readonly isLoopback: boolean;
}

export function describeChannel(
  { urls }: { urls: () => readonly string[] },
  { headers, socket }: IncomingMessage,
): AgentChannel {
  const own = urls();
  // What the caller names counts only where it is an address of ours; else its signature will not fit.
  const url = own.find((candidate) => isNamed(candidate, headers.host)) ?? own[0] ?? '';
  return {
    authority: authorityOf(url),
    exported: exportKeyingMaterial(socket),
    isLoopback: isLoopbackUrl(url) && isLoopbackAddress(socket.remoteAddress),
  };
}

function isNamed(url: string, host = ''): boolean {
  const { protocol } = new URL(url);
  return (
    URL.canParse(`${protocol}//${host}`) && authorityOf(`${protocol}//${host}`) === authorityOf(url)
  );
}

/** With TLS 1.2 the value would depend on less than the whole handshake. */
function exportKeyingMaterial(socket: IncomingMessage['socket']): Buffer | undefined {
  if (!(socket instanceof TLSSocket) || socket.getProtocol() !== 'TLSv1.3') return undefined;
  return socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0));
}

/** A Unix socket has no address. */
function isLoopbackAddress(address: string | undefined): boolean {
  if (address === undefined) return true;
  return /^(::ffff:)?127\.|^::1$/.test(address);
}
