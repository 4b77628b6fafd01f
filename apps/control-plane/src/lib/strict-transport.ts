import { isIP } from 'node:net';
import type { IncomingMessage } from 'node:http';
import { saysEncrypted } from './request-path.ts';

/** Half a year: who goes back to http waits no longer, and who comes twice a year is covered. */
const MAX_AGE_SECONDS = 180 * 86_400;

/**
 * createStrictTransport answers what tells a browser to come by https only, undefined where that is not so: a browser
 * holds all ports of a name to it, so that an address with a port of its own, or of this very machine, says nothing.
 */
export function createStrictTransport(
  publicUrl: string,
): (request: IncomingMessage) => string | undefined {
  const { protocol, port, hostname } = new URL(publicUrl);
  const isPlace = /(?:^|\.)localhost$|^\[/.test(hostname) || isIP(hostname) !== 0;
  if (protocol !== 'https:' || port !== '' || isPlace) return () => undefined;
  // Who says so wrongly harms nobody: browsers heed it over https only.
  return (request) => (saysEncrypted(request) ? `max-age=${MAX_AGE_SECONDS}` : undefined);
}
