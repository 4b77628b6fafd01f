import { hash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { PreviewFrameMessage } from '@spt-flow/shared/api/previews';
import { document, escapeHtml, link } from './page-html.ts';

const LATE_MS = 4_000;
/** Whoever frames the page may hear the challenge: it is worth nothing without the cookie of this browser. */
const SCRIPT = `
const { message } = document.getElementById('late').dataset;
parent.postMessage(JSON.parse(message), '*');
setTimeout(() => { document.getElementById('late').hidden = false; }, ${LATE_MS});
`;
const POLICY = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash('sha256', SCRIPT, 'base64')}'`;

/** sendFramePage asks the dashboard around the frame to hand its sign-in over, and says what to do when nobody does. */
export function sendFramePage(response: ServerResponse, message: PreviewFrameMessage): void {
  const late = `<p>Sign in to spt-flow to see it here, or open it in a tab of its own.</p>${link({ href: '', label: 'Open in a new tab', opensTab: true })}`;
  const body = document({
    title: 'Opening the preview',
    head: '',
    body: `<div id="late" hidden data-message="${escapeHtml(JSON.stringify(message))}">${late}</div><noscript>${late}</noscript><script>${SCRIPT}</script>`,
  });
  response.writeHead(401, {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'Content-Security-Policy': POLICY,
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'no-referrer',
    'WWW-Authenticate': 'Bearer realm="spt-flow"',
  });
  response.end(body);
}
