const ESCAPES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escapeHtml(value) {
  return String(value ?? '').replace(/[&<>"']/g, (character) => ESCAPES[character]);
}

function anchor(heading) {
  return String(heading).toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '') || 'section';
}

const LISTS = {
  cards: (items) => `<ul class="grid">${items.map(({ title, text }) => `<li class="card"><h3>${escapeHtml(title)}</h3><p class="muted">${escapeHtml(text)}</p></li>`).join('')}</ul>`,
  prices: (items) => `<ul class="card stack">${items.map(({ title, text, price }) => `<li><p class="price"><span>${escapeHtml(title)}</span><b>${escapeHtml(price)}</b></p>${text ? `<p class="muted small">${escapeHtml(text)}</p>` : ''}</li>`).join('')}</ul>`,
};

function section({ heading, text, layout, items }) {
  const list = items?.length ? (LISTS[layout] ?? LISTS.cards)(items) : '';
  return `<section aria-labelledby="${anchor(heading)}"><h2 id="${anchor(heading)}">${escapeHtml(heading)}</h2>${text ? `<p class="pre">${escapeHtml(text)}</p>` : ''}${list}</section>`;
}

/** The whole site as one page, from the settings in `app.json`. */
export function renderPage({ title, tagline, icon, accent, theme, button, sections }) {
  const mark = escapeHtml(icon || [...title][0]);
  const favicon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100"><text x="50" y="84" font-size="90" text-anchor="middle">${mark}</text></svg>`;
  const call = button ? `<p class="row call"><a class="button" href="#${anchor(button.section)}">${escapeHtml(button.label)}</a></p>` : '';
  return `<!doctype html>
<html lang="en" data-accent="${escapeHtml(accent)}" data-theme="${escapeHtml(theme)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<meta name="description" content="${escapeHtml(tagline)}">
<link rel="icon" href="data:image/svg+xml,${encodeURIComponent(favicon)}">
<link rel="stylesheet" href="style.css">
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
<header class="hero"><div class="wrap wide"><span class="mark" aria-hidden="true">${mark}</span><h1>${escapeHtml(title)}</h1><p class="lead">${escapeHtml(tagline)}</p>${call}</div></header>
<main id="main" class="wrap wide">${(sections ?? []).map(section).join('\n')}</main>
<footer class="wrap wide foot">${escapeHtml(title)}</footer>
</body>
</html>
`;
}
