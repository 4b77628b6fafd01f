import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { openStore } from './store.mjs';
import { clean, escapeHtml, listen, page, readForm, redirect, sendHtml, sendNotice, sendStyle, settings } from './web.mjs';

const SHOWN_ENTRIES = 200;
const MAX_ENTRIES = 10_000;
const MAX_NAME = 60;
const MAX_MESSAGE = 1000;
const MAX_FIELD = 200;

const fields = settings.fields ?? [];
const store = await openStore(fileURLToPath(new URL('./data/entries.json', import.meta.url)), []);
const dateFormat = new Intl.DateTimeFormat('en', { dateStyle: 'long' });

function fieldInput({ name, label }) {
  return `<label>${escapeHtml(label)} <input name="${escapeHtml(name)}" maxlength="${MAX_FIELD}"></label>`;
}

function form() {
  return `<section class="card" aria-labelledby="sign"><h2 id="sign">Leave a message</h2>
<form class="fields" method="post" action="/entries">
<label>Your name <input name="name" maxlength="${MAX_NAME}" autocomplete="name" required></label>
${fields.map(fieldInput).join('\n')}
<label>Your message <textarea name="message" maxlength="${MAX_MESSAGE}" required></textarea></label>
<button>Sign the book</button>
</form></section>`;
}

function entryCard(entry) {
  const more = fields.filter(({ name }) => entry.fields?.[name]).map(({ name, label }) => `<p class="small muted">${escapeHtml(label)}: ${escapeHtml(entry.fields[name])}</p>`);
  return `<li class="card entry"><p class="pre">${escapeHtml(entry.message)}</p>${more.join('')}
<p class="row between small"><span class="who">${escapeHtml(entry.name)}</span><time class="muted" datetime="${escapeHtml(entry.at)}">${escapeHtml(dateFormat.format(new Date(entry.at)))}</time></p></li>`;
}

function entryList() {
  const entries = store.get();
  const newest = entries.slice(-SHOWN_ENTRIES).reverse();
  const list = newest.length === 0
    ? '<p class="empty">Nobody has written yet. Be the first.</p>'
    : `<ul class="stack">${newest.map(entryCard).join('')}</ul>`;
  return `<section aria-labelledby="entries"><h2 id="entries">${entries.length === 1 ? '1 message' : `${entries.length} messages`}</h2>${list}</section>`;
}

async function addEntry(request, response) {
  const input = await readForm(request);
  if (input === null) return sendNotice(response, 400, 'This could not be saved. Please try again from this page.');
  const name = clean(input.get('name'), MAX_NAME);
  const message = clean(input.get('message'), MAX_MESSAGE);
  if (name === '' || message === '') return sendNotice(response, 400, 'Please enter your name and a message.');
  if (store.get().length >= MAX_ENTRIES) return sendNotice(response, 409, 'The book is full.');
  const more = Object.fromEntries(fields.map((field) => [field.name, clean(input.get(field.name), MAX_FIELD)]));
  const entry = { id: randomUUID(), name, message, fields: more, at: new Date().toISOString() };
  await store.update((entries) => [...entries, entry]);
  redirect(response, '/#entries');
}

async function handle(request, response) {
  const { pathname } = new URL(request.url, 'http://localhost');
  if (request.method === 'POST' && pathname === '/entries') return addEntry(request, response);
  if (request.method !== 'GET' && request.method !== 'HEAD') return sendNotice(response, 405, 'This is not possible here.');
  if (pathname === '/') return sendHtml(response, page(form() + entryList()));
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
