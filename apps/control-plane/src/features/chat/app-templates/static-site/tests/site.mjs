import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { renderPage } from '../page.mjs';

const settings = JSON.parse(await readFile(new URL('../app.json', import.meta.url), 'utf8'));

test('the page has one heading and a part for every section', () => {
  const html = renderPage(settings);

  assert.equal(html.match(/<h1>/g).length, 1);
  assert.equal(html.match(/<h2 /g).length, settings.sections.length);
});

test('text is escaped', () => {
  assert.doesNotMatch(renderPage({ ...settings, title: '<script>alert(1)</script>' }), /<script>/);
});
