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

/**
 * isKeptByKernel returns whether the route leads to the same sockets for as long as those stay open. While a socket
 * listens, nobody else can bind what it is bound to, nor a more specific or a wider address of its family and port:
 *
 * - not with SO_REUSEADDR, which does not count beside a listening socket;
 * - with SO_REUSEPORT only who is the same user, and only if the workspace's own socket asked to share its port too;
 * - not before the socket was closed by all who hold it, which shows in `/proc/<pid>/fd`. (After a `shutdown` without
 *   a close the address could be bound by who uses SO_REUSEADDR: no server does that to a port it serves.)
 *
 * A socket of `::` may be of IPv6 alone, which no table tells, and leave IPv4 to anybody: such a route is not kept.
 */
export function isKeptByKernel(
  route: string,
  sockets: readonly ListeningSocket[],
  port: number,
): boolean {
  const ofPort = sockets.filter((socket) => socket.port === port);
  return receiversAt(ofPort, route).every(
    ({ address }) => address.includes(':') === route.includes(':'),
  );
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
