import type { IncomingMessage, ServerResponse } from 'node:http';

/** Why a preview can't be shown. */
export type PreviewProblem = 'unknown' | 'stopped' | 'starting' | 'offline' | 'down' | 'broken';

interface Text {
  readonly status: number;
  readonly title: string;
  readonly text: string;
  /** Worth trying again: the page does so by itself. */
  readonly retries: boolean;
}

const RETRY_SECONDS = 3;

const TEXTS: Readonly<Record<PreviewProblem, Text>> = {
  unknown: {
    status: 404,
    title: 'There is no app at this address',
    text: 'Check the address, or open the app from its project in spt-flow.',
    retries: false,
  },
  stopped: {
    status: 503,
    title: 'This app is asleep',
    text: 'Its workspace is stopped. Start it in spt-flow; this page shows the app as soon as it runs.',
    retries: true,
  },
  starting: {
    status: 503,
    title: 'This app is starting',
    text: 'Its workspace is getting ready. This page shows the app as soon as it runs.',
    retries: true,
  },
  offline: {
    status: 503,
    title: 'This app is out of reach',
    text: 'Its workspace is not connected at the moment. This page tries again by itself.',
    retries: true,
  },
  down: {
    status: 502,
    title: 'The app is not running',
    text: 'Nothing answers in its workspace. Ask the chat to start it, or look at its logs. This page tries again by itself.',
    retries: true,
  },
  broken: {
    status: 502,
    title: 'The app broke off its answer',
    text: 'What it sent is not a valid answer. Look at its logs, or ask the chat to repair it.',
    retries: false,
  },
};

/** sendPreviewPage explains to a browser what is wrong, and to a program in one line. */
export function sendPreviewPage(
  request: IncomingMessage,
  response: ServerResponse,
  problem: PreviewProblem,
): void {
  const text = TEXTS[problem];
  const isPage = (request.headers.accept ?? '').includes('text/html');
  const retries = text.retries && (request.method === 'GET' || request.method === 'HEAD');
  const body = isPage ? page(text, retries) : `${text.title}. ${text.text}\n`;
  response.writeHead(text.status, {
    'Content-Type': isPage ? 'text/html; charset=utf-8' : 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'",
    'Cache-Control': 'no-store',
    ...(text.retries && { 'Retry-After': String(RETRY_SECONDS) }),
    // What is left of a request body that nobody reads must not become the next request.
    ...(!request.complete && { Connection: 'close' }),
  });
  response.end(body);
}

export function problemStatus(problem: PreviewProblem): number {
  return TEXTS[problem].status;
}

function page({ title, text }: Text, retries: boolean): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${retries ? `<meta http-equiv="refresh" content="${RETRY_SECONDS}">\n` : ''}<title>${title}</title>
<style>
:root { color-scheme: light dark; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; font: 16px/1.5 system-ui, sans-serif; background: Canvas; color: CanvasText; }
main { max-width: 28rem; padding: 2rem; }
h1 { font-size: 1.375rem; line-height: 1.3; margin: 0 0 0.5rem; }
p { margin: 0; opacity: 0.8; }
</style>
</head>
<body><main><h1>${title}</h1><p>${text}</p></main></body>
</html>
`;
}
