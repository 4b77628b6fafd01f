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
    isEncrypted: (request) =>
      saysEncrypted(request) &&
      (request.socket instanceof TLSSocket || isTrusted(request.socket.remoteAddress ?? '', 0)),
  };
}

/** saysEncrypted believes whoever asks; of several proxies the nearest, which speaks last. */
export function saysEncrypted({ headers, socket }: IncomingMessage): boolean {
  if (socket instanceof TLSSocket) return true;
  const told = String(headers['x-forwarded-proto'] ?? '');
  return told.slice(told.lastIndexOf(',') + 1).trim() === 'https';
}
