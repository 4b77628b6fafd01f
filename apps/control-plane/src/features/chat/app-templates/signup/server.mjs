import { randomUUID, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { openStore } from './store.mjs';
import { clean, escapeHtml, listen, page, readForm, sendHtml, sendNotice, sendStyle, settings } from './web.mjs';

const MAX_NAME = 60;
const MAX_FIELD = 200;

const fields = settings.fields ?? [];
const places = settings.places ?? 20;
const store = await openStore(fileURLToPath(new URL('./data/people.json', import.meta.url)), []);

/** What everybody may see: names, in the order of signing up. */
function listed() {
  return store.get().map(({ id, name }) => ({ id, name }));
}

function home() {
  const state = JSON.stringify({ fields, places, people: listed() });
  return page(`<div id="app" data-state="${escapeHtml(state)}"></div><noscript><p class="notice">This page needs JavaScript.</p></noscript><script type="module" src="/app.js"></script>`);
}

function sendJson(response, status, value) {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(value));
}

async function addPerson(request, response) {
  const input = await readForm(request);
  const name = clean(input?.get('name'), MAX_NAME);
  if (name === '') return sendJson(response, 400, { problem: 'Please enter your name.' });
  const more = Object.fromEntries(fields.map((field) => [field.name, clean(input.get(field.name), MAX_FIELD)]));
  const person = { id: randomUUID(), key: randomUUID(), name, fields: more, at: new Date().toISOString() };
  // Asked where changes wait for each other, so that no place is given twice.
  await store.update((people) => (people.length < places ? [...people, person] : people));
  if (!store.get().includes(person)) return sendJson(response, 409, { problem: 'All places are taken.', people: listed() });
  sendJson(response, 201, { id: person.id, key: person.key, people: listed() });
}

function isKeyOf(person, key) {
  return key.length === person.key.length && timingSafeEqual(Buffer.from(key), Buffer.from(person.key));
}

/** Only who signed up has the key. */
async function removePerson(id, key, response) {
  const person = store.get().find((each) => each.id === id);
  if (person && !isKeyOf(person, key)) return sendJson(response, 403, { problem: 'This is not your name.' });
  await store.update((people) => people.filter((each) => each.id !== id));
  sendJson(response, 200, { people: listed() });
}

async function sendScript(response) {
  const script = await readFile(new URL('./.build/app.js', import.meta.url));
  response.writeHead(200, { 'content-type': 'text/javascript; charset=utf-8', 'cache-control': 'no-cache' });
  response.end(script);
}

async function handle(request, response) {
  const { pathname } = new URL(request.url, 'http://localhost');
  const [, id] = /^\/people\/([\w-]{36})$/.exec(pathname) ?? [];
  if (request.method === 'POST' && pathname === '/people') return addPerson(request, response);
  if (request.method === 'DELETE' && id) return removePerson(id, String(request.headers['x-key'] ?? ''), response);
  if (request.method !== 'GET' && request.method !== 'HEAD') return sendNotice(response, 405, 'This is not possible here.');
  if (pathname === '/') return sendHtml(response, home());
  if (pathname === '/app.js') return sendScript(response);
  if (pathname === '/style.css') return sendStyle(response);
  sendNotice(response, 404, 'There is no such page.');
}

listen(
  createServer((request, response) => {
    handle(request, response).catch((error) => {
      console.error(error);
      if (response.headersSent) response.end();
      else sendNotice(response, 500, 'Something went wrong. Please try again.');
    });
  }),
);
