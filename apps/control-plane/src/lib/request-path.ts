import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import proxyAddress from '@fastify/proxy-addr';

/** RequestPath is how requests came here: by their connection, and by what trusted proxies say of those before it. */
export interface RequestPath {
  /** Of everybody on the way, who asked first; never empty, and nothing that strangers made up. */
  addresses(request: IncomingMessage): string[];
  /** Of who asked first, as far as one can know. */
  addressOf(request: IncomingMessage): string;
  isEncrypted(request: IncomingMessage): boolean;
}

export function createRequestPath(trustedProxies: readonly string[]): RequestPath {
  const isTrusted = proxyAddress.compile([...trustedProxies]);
  const addresses = (request: IncomingMessage) => proxyAddress.all(request, isTrusted).toReversed();
  return {
    addresses,
    addressOf(request) {
      // Nothing of a connection that is gone.
      const [address = ''] = addresses(request);
      return address;
    },
    isEncrypted(request) {
      if (request.socket instanceof TLSSocket) return true;
      if (!isTrusted(request.socket.remoteAddress ?? '', 0)) return false;
      const told = String(request.headers['x-forwarded-proto'] ?? '');
      // Who is nearest speaks last.
      return told.slice(told.lastIndexOf(',') + 1).trim() === 'https';
    },
  };
}
