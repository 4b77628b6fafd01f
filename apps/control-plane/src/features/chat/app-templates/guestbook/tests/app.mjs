import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { runApp } from './run-app.mjs';

let app;
before(async () => (app = await runApp()));
after(() => app.stop());

test('a message is shown, escaped', async () => {
  const answer = await app.post('/entries', { name: 'Zoë', message: '<script>alert(1)</script>' });

  assert.equal(answer.status, 303);
  const html = await app.text();
  assert.match(html, /Zoë/);
  assert.match(html, /&lt;script&gt;/);
  assert.doesNotMatch(html, /<script>/);
});

test('an empty message is refused', async () => {
  assert.equal((await app.post('/entries', { name: 'A', message: ' ' })).status, 400);
});
