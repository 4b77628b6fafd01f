import type { IncomingMessage, ServerResponse } from 'node:http';
import { page } from './page-html.ts';

/** Why a preview can't be shown. */
export type PreviewProblem =
  | 'unknown'
  | 'signed-out'
  | 'forbidden'
  | 'unpublished'
  | 'sign-in-failed'
  | 'stopped'
  | 'starting'
  | 'offline'
  | 'down'
  | 'closed'
  | 'broken'
  | 'busy';

interface Text {
  readonly status: number;
  readonly title: string;
  readonly text: string;
  /** What the page leads to. */
  readonly action?: 'dashboard' | 'again';
  /** Worth trying again: the page does so by itself. */
  readonly retries?: boolean;
}

const RETRY_SECONDS = 3;

const TEXTS: Readonly<Record<PreviewProblem, Text>> = {
  unknown: {
    status: 404,
    title: 'There is no app at this address',
    text: 'Check the address, or open the app from its project in spt-flow. It may also belong to another organization.',
    action: 'dashboard',
  },
  'signed-out': {
    status: 401,
    title: 'This preview is not public',
    text: 'Open it in a browser that is signed in to spt-flow, or send an API token: Authorization: Bearer <token>.',
  },
  forbidden: {
    status: 403,
    title: 'This preview is not shared with you',
    text: 'Only its owner and admins may open it. Ask them to share it with your organization.',
    action: 'dashboard',
  },
  unpublished: {
    status: 403,
    title: 'This app is not public yet',
    text: 'Whoever made it has to share it with everybody in spt-flow; then it shows here. Members open it from its project.',
  },
  'sign-in-failed': {
    status: 403,
    title: 'The sign-in did not arrive here',
    text: 'The link works once, within a minute, and only in the browser that asked for it. The browser also has to accept cookies of this address.',
    action: 'again',
  },
  stopped: {
    status: 503,
    title: 'This app is asleep',
    text: 'It was stopped, and nothing of it is lost. Start it in spt-flow; this page shows the app as soon as it runs.',
    action: 'dashboard',
    retries: true,
  },
  starting: {
    status: 503,
    title: 'This app is starting',
    text: 'It is getting ready. This page shows the app as soon as it runs.',
    retries: true,
  },
  offline: {
    status: 503,
    title: 'This app is out of reach',
    text: 'Its machine is not connected at the moment; nothing of it is lost. This page tries again by itself.',
    retries: true,
  },
  down: {
    status: 502,
    title: 'The app is not running',
    text: 'It does not answer; its files are safe. Ask the chat to start it, or look at its logs. This page tries again by itself.',
    action: 'dashboard',
    retries: true,
  },
  closed: {
    status: 502,
    title: 'Nothing listens on this port',
    text: 'Start the program that should answer here. This page tries again by itself.',
    action: 'dashboard',
    retries: true,
  },
  broken: {
    status: 502,
    title: 'The app broke off its answer',
    text: 'What it sent is not a valid answer. Look at its logs, or ask the chat to repair it.',
  },
  busy: {
    status: 429,
    title: 'Too much is asked of this app at once',
    text: 'The app keeps running and nothing is lost. This page tries again by itself.',
    retries: true,
  },
};

/** ShowProblem answers a request with the page of a problem. */
export type ShowProblem = (
  request: IncomingMessage,
  response: ServerResponse,
  problem: PreviewProblem,
) => void;

/** createProblemPages explain to a browser what is wrong, and to a program in one line. */
export function createProblemPages({ dashboardUrl }: { dashboardUrl: string }): ShowProblem {
  const actions = {
    dashboard: { href: dashboardUrl, label: 'Open spt-flow', opensTab: true },
    again: { href: '/', label: 'Try again', opensTab: false },
  };
  return (request, response, problem) => {
    const { status, title, text, action, retries = false } = TEXTS[problem];
    const isPage = (request.headers.accept ?? '').includes('text/html');
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const body = isPage
      ? page({
          ...{ title, text },
          action: action && actions[action],
          refreshSeconds: retries && isRead ? RETRY_SECONDS : undefined,
        })
      : `${title}. ${text}\n`;
    response.writeHead(status, {
      'Content-Type': isPage ? 'text/html; charset=utf-8' : 'text/plain; charset=utf-8',
      'Content-Length': Buffer.byteLength(body),
      'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'",
      'Cache-Control': 'no-store',
      'Referrer-Policy': 'no-referrer',
      ...(retries && { 'Retry-After': String(RETRY_SECONDS) }),
      ...(status === 401 && { 'WWW-Authenticate': 'Bearer realm="spt-flow"' }),
      // What is left of a request body that nobody reads must not become the next request.
      ...(!request.complete && { Connection: 'close' }),
    });
    response.end(body);
  };
}

export function problemStatus(problem: PreviewProblem): number {
  return TEXTS[problem].status;
}
