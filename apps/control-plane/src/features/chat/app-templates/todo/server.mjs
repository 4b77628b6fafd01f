import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { openStore } from './store.mjs';
import { clean, escapeHtml, listen, page, readForm, redirect, sendHtml, sendNotice, sendStyle, settings } from './web.mjs';

const MAX_TASKS = 1000;
const MAX_TEXT = 200;

const fields = settings.fields ?? [];
const store = await openStore(fileURLToPath(new URL('./data/tasks.json', import.meta.url)), []);

function form() {
  const more = fields.map(({ name, label }) => `<label>${escapeHtml(label)} <input name="${escapeHtml(name)}" maxlength="${MAX_TEXT}"></label>`);
  return `<section class="card" aria-labelledby="add"><h2 id="add">Add a task</h2>
<form class="fields" method="post" action="/tasks">
<label>What is to be done? <input name="text" maxlength="${MAX_TEXT}" autocomplete="off" required></label>
${more.join('\n')}
<button>Add</button>
</form></section>`;
}

function taskItem(task) {
  const id = escapeHtml(task.id);
  const text = escapeHtml(task.text);
  const more = fields.filter(({ name }) => task.fields?.[name]).map(({ name, label }) => `<br><span class="small muted">${escapeHtml(label)}: ${escapeHtml(task.fields[name])}</span>`);
  return `<li class="card task${task.done ? ' done' : ''}">
<form method="post" action="/tasks/${id}/toggle"><button class="tick" aria-pressed="${task.done}" aria-label="Done: ${text}">${task.done ? '✓' : ''}</button></form>
<span class="what">${text}${more.join('')}</span>
<form method="post" action="/tasks/${id}/delete"><button class="quiet" aria-label="Delete: ${text}">Delete</button></form></li>`;
}

function taskList() {
  const tasks = store.get();
  const open = tasks.filter((task) => !task.done);
  if (tasks.length === 0) return '<section><p class="empty">Nothing to do. Add the first task above.</p></section>';
  const sorted = [...open, ...tasks.filter((task) => task.done)];
  return `<section aria-labelledby="tasks"><h2 id="tasks">${open.length} of ${tasks.length} to do</h2><ul class="stack">${sorted.map(taskItem).join('')}</ul></section>`;
}

async function addTask(request, response) {
  const input = await readForm(request);
  const text = clean(input?.get('text'), MAX_TEXT);
  if (text === '') return sendNotice(response, 400, 'Please say what is to be done.');
  if (store.get().length >= MAX_TASKS) return sendNotice(response, 409, 'The list is full. Delete some tasks first.');
  const more = Object.fromEntries(fields.map((field) => [field.name, clean(input.get(field.name), MAX_TEXT)]));
  await store.update((tasks) => [...tasks, { id: randomUUID(), text, fields: more, done: false }]);
  redirect(response, '/');
}

async function changeTask(request, response, { id, action }) {
  if ((await readForm(request)) === null) return sendNotice(response, 400, 'This could not be saved.');
  await store.update((tasks) =>
    action === 'delete' ? tasks.filter((task) => task.id !== id) : tasks.map((task) => (task.id === id ? { ...task, done: !task.done } : task)),
  );
  redirect(response, '/');
}

async function handle(request, response) {
  const { pathname } = new URL(request.url, 'http://localhost');
  const change = /^\/tasks\/(?<id>[0-9a-f-]{36})\/(?<action>toggle|delete)$/.exec(pathname)?.groups;
  if (request.method === 'POST' && pathname === '/tasks') return addTask(request, response);
  if (request.method === 'POST' && change) return changeTask(request, response, change);
  if (request.method !== 'GET' && request.method !== 'HEAD') return sendNotice(response, 405, 'This is not possible here.');
  if (pathname === '/') return sendHtml(response, page(form() + taskList()));
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
