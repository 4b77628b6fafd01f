import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import { expect, it } from 'vitest';
import { createCertificate } from '../src/testing/certificate.ts';
import { connectPair, startServer } from './support/socket-pair.ts';

function tlsSocketOf({ socket }: IncomingMessage): TLSSocket {
  if (socket instanceof TLSSocket) return socket;
  throw new Error('The connection has no TLS');
}

it('a TLS connection has the same binding at both ends, and no other connection has it', async () => {
  const certificate = createCertificate();
  const secure = await startServer(certificate);
  const first = await connectPair(secure, { ca: certificate.cert });
  const second = await connectPair(secure, { ca: certificate.cert });
  const serverBinding = tlsSocketOf(first.request).exportKeyingMaterial(
    32,
    'EXPORTER-Channel-Binding',
    Buffer.alloc(0),
  );

  const binding = first.connection.exportChannelBinding();

  expect(binding?.equals(serverBinding)).toBe(true);
  expect(second.connection.exportChannelBinding()?.equals(serverBinding)).toBe(false);
  await secure.close();
});
