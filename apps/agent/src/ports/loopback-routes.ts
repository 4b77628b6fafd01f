import type { ListeningSocket } from '../system/listening-sockets.ts';

/**
 * loopbackRoutes returns the addresses at which a connection to the port can reach none but own sockets, in the order
 * to try them. Another process may serve the same port at another address of this machine, and must never be met.
 */
export function loopbackRoutes(
  sockets: readonly ListeningSocket[],
  port: number,
  isOwn: (inode: number) => boolean,
): string[] {
  const ofPort = sockets.filter((socket) => socket.port === port);
  const bound = ofPort.map(({ address }) => address).filter((address) => !isWildcard(address));
  return [...new Set(['127.0.0.1', '::1', ...bound])].filter((address) => {
    const receivers = receiversAt(ofPort, address);
    return receivers.length > 0 && receivers.every(({ inode }) => isOwn(inode));
  });
}

/** The kernel prefers who is bound to the very address, then the wildcard of its family, then that of both. */
function receiversAt(sockets: readonly ListeningSocket[], address: string): ListeningSocket[] {
  const wildcards = address.includes(':') ? ['::'] : ['0.0.0.0', '::'];
  const preferred = [address, ...wildcards].map((bound) =>
    sockets.filter((socket) => socket.address === bound),
  );
  return preferred.find((candidates) => candidates.length > 0) ?? [];
}

function isWildcard(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}
