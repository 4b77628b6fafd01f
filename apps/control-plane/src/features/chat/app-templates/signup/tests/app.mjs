import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { runApp } from './run-app.mjs';

let app;
before(async () => (app = await runApp()));
after(() => app.stop());

function takeOff(id, key) {
  return fetch(`${app.url}/people/${id}`, { method: 'DELETE', headers: { 'x-key': key } });
}

test('a name is listed, and taken off by who has its key only', async () => {
  const { id, key } = await (await app.post('/people', { name: 'Mira <i>' })).json();

  assert.match(await app.text(), /Mira &lt;i&gt;/);
  assert.equal((await takeOff(id, 'another')).status, 403);
  assert.equal((await takeOff(id, key)).status, 200);
  assert.doesNotMatch(await app.text(), /Mira/);
});

test('an empty name is refused', async () => {
  assert.equal((await app.post('/people', { name: ' ' })).status, 400);
});
