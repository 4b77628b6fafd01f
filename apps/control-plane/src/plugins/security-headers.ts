import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';

const EVERYWHERE = {
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/** Answers for programs are no pages, and nobody's to keep. */
const OF_DATA = {
  ...EVERYWHERE,
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
};

export interface SecurityHeaders {
  /** Hosts of frames the dashboard may show. */
  readonly frameSource: string;
  /** What tells a browser to come by https only, if anything. */
  readonly strictTransport?: (request: IncomingMessage) => string | undefined;
}

/** securityHeadersPlugin tells browsers what the dashboard's pages may load, and that nothing else is a page. */
export const securityHeadersPlugin = fp(function securityHeaders(
  app: FastifyInstance,
  options: SecurityHeaders,
  done: () => void,
) {
  const ofPages = {
    ...EVERYWHERE,
    'content-security-policy': pagePolicy(options.frameSource),
    'cross-origin-opener-policy': 'same-origin',
    'x-frame-options': 'DENY',
  };
  app.addHook('onRequest', (request, reply, next) => {
    reply.headers(isData(request.url) ? OF_DATA : ofPages);
    const strict = options.strictTransport?.(request.raw);
    if (strict !== undefined) reply.header('strict-transport-security', strict);
    next();
  });
  done();
});

const DATA = ['/api/v1/', '/mcp/', '/agents/'];

function isData(url: string): boolean {
  return DATA.some((prefix) => url.startsWith(prefix));
}

/** frameSource: hosts of the apps, which the dashboard frames. */
function pagePolicy(frameSource: string): string {
  return [
    "default-src 'self'",
    "base-uri 'none'",
    "connect-src 'self' ws: wss:",
    "font-src 'self' data:",
    "form-action 'self'",
    "frame-ancestors 'none'",
    `frame-src ${frameSource}`,
    "img-src 'self' data: blob:",
    "object-src 'none'",
    "style-src 'self' 'unsafe-inline'",
    "worker-src 'self'",
  ].join('; ');
}
