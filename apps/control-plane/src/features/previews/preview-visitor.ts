import type { IncomingMessage } from 'node:http';
import type { Visitor } from '@spt-flow/shared/domain/sharing';
import type { CredentialCheck, VisitorCheck } from '../../lib/principal.ts';
import { cookieValues } from './preview-cookies.ts';

const TOKEN = /^Bearer (sptf_\S{15,195})$/i;
/** More cookies of one name are no browser's doing. */
const MAX_COOKIES = 4;

export type VisitorCredentials = Pick<CredentialCheck, 'byApiToken'> & VisitorCheck;

/**
 * visitorOf recognises who asks for a preview: a browser by the cookie of this very host, a program by its token, which
 * may come as proxy authorization where the app itself wants the other header.
 */
export async function visitorOf(
  request: IncomingMessage,
  options: {
    readonly label: string;
    readonly cookieName: string;
    readonly credentials: VisitorCredentials;
  },
): Promise<Visitor | undefined> {
  const { authorization, 'proxy-authorization': forProxy, cookie } = request.headers;
  const token = TOKEN.exec(forProxy ?? '')?.[1] ?? TOKEN.exec(authorization ?? '')?.[1];
  if (token !== undefined) return options.credentials.byApiToken(token);
  if (!isOfThisHost(request)) return undefined;
  for (const value of cookieValues(cookie, options.cookieName).slice(0, MAX_COOKIES)) {
    const visitor = await options.credentials.byPreview(value, options.label);
    if (visitor) return visitor;
  }
  return undefined;
}

/**
 * Previews are one site to browsers, which send the cookie along for a neighbour's page: that must neither act in its
 * holder's name nor read by way of scripts and WebSockets. Following a link from there is fine.
 */
function isOfThisHost({ method, headers }: IncomingMessage): boolean {
  const { origin, host, 'sec-fetch-site': site, 'sec-fetch-mode': mode } = headers;
  if (mode === 'navigate' && (method === 'GET' || method === 'HEAD')) return true;
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host);
}
