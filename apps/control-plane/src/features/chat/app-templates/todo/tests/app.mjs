import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { runApp } from './run-app.mjs';

let app;
before(async () => (app = await runApp()));
after(() => app.stop());

test('a task is added, escaped, ticked off and deleted', async () => {
  await app.post('/tasks', { text: 'Buy <b>milk</b>' });
  let html = await app.text();
  assert.match(html, /Buy &lt;b&gt;milk&lt;\/b&gt;/);
  assert.match(html, /1 of 1 to do/);

  const [, id] = /\/tasks\/([0-9a-f-]{36})\/toggle/.exec(html);
  await app.post(`/tasks/${id}/toggle`, {});
  assert.match(await app.text(), /0 of 1 to do/);

  await app.post(`/tasks/${id}/delete`, {});
  html = await app.text();
  assert.match(html, /Nothing to do/);
});

test('an empty task is refused', async () => {
  assert.equal((await app.post('/tasks', { text: ' ' })).status, 400);
});
