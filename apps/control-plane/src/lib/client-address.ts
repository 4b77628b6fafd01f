import type { IncomingMessage } from 'node:http';
import proxyAddress from '@fastify/proxy-addr';

/** createClientAddress finds out where requests come from, by the same proxies that the server trusts for REST. */
export function createClientAddress(
  trustedProxies: readonly string[],
): (request: IncomingMessage) => string {
  const isTrusted = proxyAddress.compile([...trustedProxies]);
  return (request) => {
    // Nothing of a connection that is gone.
    const [address = ''] = proxyAddress.all(request, isTrusted).slice(-1);
    return address;
  };
}
