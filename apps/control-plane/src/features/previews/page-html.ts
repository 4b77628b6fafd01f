const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const STYLE = `
:root { color-scheme: light dark; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; font: 16px/1.5 system-ui, sans-serif; background: Canvas; color: CanvasText; }
main { max-width: 28rem; padding: 2rem; }
h1 { font-size: 1.375rem; line-height: 1.3; margin: 0 0 0.5rem; }
p { margin: 0; opacity: 0.8; }
a { display: inline-block; margin-top: 1rem; padding: 0.625rem 1rem; border: 1px solid; border-radius: 0.375rem; color: inherit; text-decoration: none; }
a:focus-visible { outline: 2px solid; outline-offset: 2px; }
`;

export interface PageText {
  readonly title: string;
  readonly text: string;
  readonly action?:
    { readonly href: string; readonly label: string; readonly opensTab: boolean } | undefined;
  /** The page is loaded anew by itself. */
  readonly refreshSeconds?: number | undefined;
}

/** page is a whole page of its own: nothing is loaded from elsewhere, and nothing runs in it. */
export function page({ title, text, action, refreshSeconds }: PageText): string {
  const refresh =
    refreshSeconds === undefined ? '' : `<meta http-equiv="refresh" content="${refreshSeconds}">\n`;
  return document({ title, head: refresh, body: `<p>${escapeHtml(text)}</p>${link(action)}` });
}

/** document puts markup into the frame that all pages share. */
export function document(parts: { title: string; head: string; body: string }): string {
  const title = escapeHtml(parts.title);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${parts.head}<title>${title}</title>
<style>${STYLE}</style>
</head>
<body><main><h1>${title}</h1>${parts.body}</main></body>
</html>
`;
}

export function link(action: PageText['action']): string {
  if (!action) return '';
  const target = action.opensTab ? ' target="_blank" rel="noopener"' : '';
  return `<a href="${escapeHtml(action.href)}"${target}>${escapeHtml(action.label)}</a>`;
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '');
}
