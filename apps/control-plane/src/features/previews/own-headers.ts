import type { IncomingMessage } from 'node:http';
import type { RequestPath } from '../../lib/request-path.ts';
import { createStrictTransport } from '../../lib/strict-transport.ts';

export interface OwnHeadersDeps {
  readonly requestPath: RequestPath;
  /** Where people reach the dashboard. */
  readonly publicUrl: string;
}

/** OwnHeaders are those that the control plane adds to what apps and browsers say to each other. */
export interface OwnHeaders {
  /** Tells an app who asked, and by what address: whole lines. */
  ofRequest(request: IncomingMessage): string;
  /** A flat list. */
  ofAnswer(request: IncomingMessage, place: { isPublic: boolean; isDomain: boolean }): string[];
}

export function createOwnHeaders({ requestPath, publicUrl }: OwnHeadersDeps): OwnHeaders {
  const strictTransport = createStrictTransport(publicUrl);
  const framing = `frame-ancestors 'self' ${dashboardOrigins(publicUrl).join(' ')}`;
  const isHttps = publicUrl.startsWith('https:');
  return {
    ofRequest(request) {
      const addresses = requestPath.addresses(request).join(', ');
      // A proxy that is not named as trusted says nothing, but previews are reached as the dashboard is.
      const protocol = isHttps || requestPath.isEncrypted(request) ? 'https' : 'http';
      return `X-Forwarded-For: ${addresses}\r\nX-Forwarded-Host: ${request.headers.host ?? ''}\r\nX-Forwarded-Proto: ${protocol}\r\n`;
    },
    ofAnswer(request, { isPublic, isDomain }) {
      // A name of its owner's is theirs to bind.
      const strict = isDomain ? undefined : strictTransport(request);
      return [
        ...(strict === undefined ? [] : ['Strict-Transport-Security', strict]),
        // Neighbours are of the same site: their pages would show it signed in, below something to click at.
        ...(isPublic ? [] : ['Content-Security-Policy', framing]),
      ];
    },
  };
}

/** Who opens the dashboard on its own machine may call that by either name. */
function dashboardOrigins(publicUrl: string): string[] {
  const { origin, hostname, protocol, port } = new URL(publicUrl);
  const names = ['localhost', '127.0.0.1'];
  if (!names.includes(hostname)) return [origin];
  return names.map((name) => `${protocol}//${name}${port === '' ? '' : `:${port}`}`);
}
