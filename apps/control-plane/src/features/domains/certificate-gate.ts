import type { IncomingMessage, ServerResponse } from 'node:http';
import proxyAddress from '@fastify/proxy-addr';
import type { Clock } from '../../lib/clock.ts';
import { createRequestLimit } from '../../lib/request-limit.ts';
import { pathOf } from '../../lib/upgrade-router.ts';
import type { ServedDomains } from './served-domains.ts';

/** What Caddy's `ask` is set to. */
const CERTIFICATE_PATH = '/.spt-flow/certificate';
/** Strangers make Caddy ask for any name. What is proven is always answered, so that nobody can keep it out by asking. */
const MAX_REFUSED_PER_MINUTE = 600;
const FORWARDED = ['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'forwarded', 'via'];

export interface CertificateGateDeps {
  readonly served: Pick<ServedDomains, 'slugOf'>;
  /** Addresses and networks of proxies, Caddy among them. */
  readonly trustedProxies: readonly string[];
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly onError: (error: unknown) => void;
}

/** True when the question was one for the gate, and is answered. */
export type CertificateGate = (request: IncomingMessage, response: ServerResponse) => boolean;

/**
 * createCertificateGate tells Caddy for which names it may get certificates. Caddy asks for itself, so a question that
 * somebody sent through it, or that comes from elsewhere, is none for the gate.
 */
export function createCertificateGate(deps: CertificateGateDeps): CertificateGate {
  const isTrusted = proxyAddress.compile(['loopback', ...deps.trustedProxies]);
  const limit = createRequestLimit(MAX_REFUSED_PER_MINUTE, deps.clock);

  async function judge(query: URLSearchParams): Promise<number> {
    const [name, ...others] = query.getAll('domain');
    if (name === undefined || others.length > 0) return 400;
    if ((await deps.served.slugOf(name.toLowerCase())) !== undefined) return 200;
    return limit.count('all').isOver ? 429 : 404;
  }

  return (request, response) => {
    // Before every other request: no more is read of one that asks for something else.
    if (pathOf(request) !== CERTIFICATE_PATH || FORWARDED.some((name) => name in request.headers))
      return false;
    if (!isTrusted(request.socket.remoteAddress ?? '', 0)) return false;
    judge(queryOf(request))
      .catch((error: unknown) => {
        deps.onError(error);
        return 503;
      })
      .then((status) => response.writeHead(status, { 'Content-Length': 0 }).end())
      .catch(deps.onError);
    return true;
  };
}

function queryOf({ url = '' }: IncomingMessage): URLSearchParams {
  return new URLSearchParams(url.split('?', 2)[1]);
}
