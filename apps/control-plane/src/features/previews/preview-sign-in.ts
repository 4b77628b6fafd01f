import type { IncomingMessage, ServerResponse } from 'node:http';
import { PREVIEW_SIGN_IN_PATH, type PreviewFrameMessage } from '@spt-flow/shared/api/previews';
import { correlationIdOf } from '../../lib/correlation.ts';
import { challengeOf, newSecret, type PreviewSessions } from '../auth/index.ts';
import { cookieValues, previewCookies, secretCookies, sessionCookies } from './preview-cookies.ts';
import { sendFramePage } from './frame-page.ts';
import type { ShowProblem } from './preview-page.ts';

/** Paths of a preview's host that never reach the app. */
export const RESERVED_PATH = '/.spt-flow/';
const SESSION_PATH = `${RESERVED_PATH}session`;
const SECRET = /^[A-Za-z0-9_-]{43}$/;
const MAX_PATH_CHARACTERS = 2000;

export interface SignInDeps {
  readonly sessions: Pick<PreviewSessions, 'redeem'>;
  /** Origin of the dashboard. */
  readonly publicUrl: string;
  readonly showProblem: ShowProblem;
}

/** PreviewSignIn gets a browser at a preview's host recognised, by way of the dashboard where it is signed in. */
export interface PreviewSignIn {
  /** Sends who is not recognised to the dashboard, or says what a program has to do. */
  ask(request: IncomingMessage, response: ServerResponse, label: string): void;
  /** Answers the paths that are reserved at every preview's host. */
  serveReserved(request: IncomingMessage, response: ServerResponse, label: string): Promise<void>;
}

export function createPreviewSignIn(deps: SignInDeps): PreviewSignIn {
  const secure = deps.publicUrl.startsWith('https:');
  const cookies = previewCookies(secure);

  function ask(request: IncomingMessage, response: ServerResponse, label: string): void {
    if (!isNavigation(request)) return deps.showProblem(request, response, 'signed-out');
    // One secret for all attempts of a browser, since several tabs may come back at once.
    const [known] = cookieValues(request.headers.cookie, cookies.secret).filter((value) =>
      SECRET.test(value),
    );
    const secret = known ?? newSecret();
    const place = { secure, isFramed: isFramed(request) };
    response.setHeader('Set-Cookie', secretCookies(secret, place));
    const challenge = challengeOf(secret);
    if (place.isFramed) {
      const message: PreviewFrameMessage = { type: 'spt-flow.preview.sign-in', challenge };
      return sendFramePage(response, message);
    }
    const query = new URLSearchParams({ label, challenge, path: pathOf(request) });
    redirect(response, `${deps.publicUrl}${PREVIEW_SIGN_IN_PATH}?${query.toString()}`);
  }

  async function exchange(request: IncomingMessage, response: ServerResponse, label: string) {
    const { searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const code = searchParams.get('code') ?? '';
    const correlationId = correlationIdOf(request);
    for (const secret of cookieValues(request.headers.cookie, cookies.secret).slice(0, 4)) {
      const token = await deps.sessions.redeem({ label, code, secret }, correlationId);
      if (token === undefined) continue;
      const place = { secure, isFramed: isFramed(request) };
      response.setHeader('Set-Cookie', sessionCookies(token, place));
      return redirect(response, localPath(searchParams.get('path')));
    }
    deps.showProblem(request, response, 'sign-in-failed');
  }

  return {
    ask,
    async serveReserved(request, response, label) {
      const isExchange = request.method === 'GET' && request.url?.split('?', 1)[0] === SESSION_PATH;
      if (isExchange) await exchange(request, response, label);
      else deps.showProblem(request, response, 'unknown');
    },
  };
}

/** sessionUrl is where a browser turns a code into the cookie of a preview's host. */
export function sessionUrl(previewUrl: string, { code, path }: { code: string; path: string }) {
  const query = new URLSearchParams({ code, path: localPath(path) });
  return `${previewUrl}${SESSION_PATH}?${query.toString()}`;
}

/** Of this host only: `//elsewhere` and its like lead away. */
function localPath(path: string | null): string {
  return path !== null && /^\/(?![/\\])[\x21-\x7e]*$/.test(path) ? path : '/';
}

function pathOf(request: IncomingMessage): string {
  const path = request.url ?? '/';
  return path.length > MAX_PATH_CHARACTERS ? '/' : localPath(path);
}

/** A person at a browser opens a page; everything else could not follow to the dashboard and back. */
function isNavigation({ method, headers }: IncomingMessage): boolean {
  const mode = headers['sec-fetch-mode'] ?? 'navigate';
  return (
    (method === 'GET' || method === 'HEAD') &&
    mode === 'navigate' &&
    (headers.accept ?? '').includes('text/html')
  );
}

function isFramed({ headers }: IncomingMessage): boolean {
  return (headers['sec-fetch-dest'] ?? 'document') !== 'document';
}

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(303, {
    Location: location,
    'Content-Length': 0,
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'no-referrer',
  });
  response.end();
}
