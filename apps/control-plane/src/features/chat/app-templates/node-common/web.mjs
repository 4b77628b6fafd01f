import { readFile } from 'node:fs/promises';

const MAX_BODY_BYTES = 32 * 1024;
const ESCAPES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

export const settings = JSON.parse(await readFile(new URL('./app.json', import.meta.url), 'utf8'));

export function escapeHtml(value) {
  return String(value).replace(/[&<>"']/g, (character) => ESCAPES[character]);
}

/** Trims what a person typed and cuts it to a length. */
export function clean(value, maxLength) {
  return String(value ?? '').replace(/\r\n/g, '\n').trim().slice(0, maxLength);
}

function sections() {
  return (settings.sections ?? [])
    .map(({ heading, text }) => `<section><h2>${escapeHtml(heading)}</h2><p class="pre">${escapeHtml(text)}</p></section>`)
    .join('');
}

/** The page around the content; `content` must already be escaped. */
export function page(content) {
  const title = escapeHtml(settings.title);
  const mark = escapeHtml(settings.icon || [...settings.title][0]);
  const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100"><text x="50" y="84" font-size="90" text-anchor="middle">${mark}</text></svg>`;
  return `<!doctype html>
<html lang="en" data-accent="${escapeHtml(settings.accent)}" data-theme="${escapeHtml(settings.theme)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<meta name="description" content="${escapeHtml(settings.tagline)}">
<link rel="icon" href="data:image/svg+xml,${encodeURIComponent(icon)}">
<link rel="stylesheet" href="/style.css">
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
<header class="hero"><div class="wrap"><span class="mark" aria-hidden="true">${mark}</span><h1>${title}</h1><p class="lead">${escapeHtml(settings.tagline)}</p></div></header>
<main id="main" class="wrap">${content}${sections()}</main>
<footer class="wrap foot">${title}</footer>
</body>
</html>`;
}

export function sendHtml(response, html, status = 200) {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'",
  });
  response.end(html);
}

export function sendNotice(response, status, text) {
  sendHtml(response, page(`<p class="notice" role="alert">${escapeHtml(text)}</p><p><a href="/">Back</a></p>`), status);
}

export function redirect(response, path) {
  response.writeHead(303, { location: path });
  response.end();
}

export async function sendStyle(response) {
  const css = await readFile(new URL('./style.css', import.meta.url));
  response.writeHead(200, { 'content-type': 'text/css; charset=utf-8', 'cache-control': 'no-cache' });
  response.end(css);
}

/** Reads a form; null when it is too large or comes from another site. */
export async function readForm(request) {
  if (request.headers['sec-fetch-site'] === 'cross-site') return null;
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  return size > MAX_BODY_BYTES ? null : new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
}

/** Runs a server on the port that PORT gives, on this machine only, until it is told to end. */
export function listen(server) {
  // In a container, HOST opens it to what is outside.
  server.listen(Number(process.env.PORT ?? 3000), process.env.HOST ?? '127.0.0.1', () => {
    console.log(`${settings.title} listens on port ${server.address().port}`);
  });
  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.once(signal, () => {
      server.close(() => process.exit(0));
      server.closeIdleConnections();
    });
  }
}
