import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { BuiltApp } from './built-app.ts';
import { buildFromChat } from './built-app.ts';

const XSS = '<script>alert("xss")</script>';
const MINUTES = 60_000;
const NAME_WITH_MARKUP = 'called "Zoë <b>& Co</b>"';

const apps: BuiltApp[] = [];
afterEach(async () => {
  for (const app of apps.splice(0)) await app.remove();
});

async function built(request: string): Promise<BuiltApp> {
  const app = await buildFromChat(request);
  apps.push(app);
  return app;
}

async function expectGoodPage(app: BuiltApp): Promise<void> {
  const html = await app.text();
  expect(html).toContain('<html lang="en"');
  expect(html).toContain('name="viewport"');
  expect(html.match(/<h1>/g)).toHaveLength(1);
  expect(html).not.toContain('<b>& Co</b>');
  expect(html).toMatch(/Zoë &lt;b&gt;&amp; Co&lt;\/b&gt;/);
  const style = await fetch(`${app.url}/style.css`);
  expect(style.headers.get('content-type')).toContain('text/css');
  expect(await style.text()).toContain('--accent');
  expect((await fetch(`${app.url}/no/such/page`)).status).toBe(404);
}

/** SIGKILL: what was answered must be on the disk already. */
async function restart(app: BuiltApp): Promise<void> {
  await app.kill('SIGKILL');
  await app.start();
}

describe('static site', () => {
  it.each([['website'], ['menu'], ['portfolio']])(
    '%s is built and served, and nothing outside of it',
    async (kind) => {
      const app = await built(`a ${kind} ${NAME_WITH_MARKUP}`);

      await expectGoodPage(app);
      for (const path of ['/../app.json', '/..%2fapp.json', '/%2e%2e/serve.mjs', '/%00', '/%']) {
        const answer = await fetch(app.url + path);
        expect(answer.status).toBe(404);
        expect(await answer.text()).not.toContain('template');
      }
      await app.test();
    },
  );

  it('ends at SIGTERM', async () => {
    const app = await built('a website');

    await app.kill('SIGTERM');

    await expect(fetch(app.url)).rejects.toThrow();
  });
});

describe('Node.js guestbook', () => {
  it('keeps messages across a crash, escapes them, and limits what is sent', async () => {
    const app = await built(`a guestbook ${NAME_WITH_MARKUP}`);
    await expectGoodPage(app);

    expect((await app.post('/entries', { name: 'Ann', message: XSS })).status).toBe(303);
    expect((await app.post('/entries', { name: '', message: 'x' })).status).toBe(400);
    expect((await app.post('/entries', { name: 'Big', message: 'x'.repeat(40_000) })).status).toBe(
      400,
    );
    expect(
      (
        await app.post(
          '/entries',
          { name: 'Evil', message: 'x' },
          { 'sec-fetch-site': 'cross-site' },
        )
      ).status,
    ).toBe(400);
    await restart(app);

    const html = await app.text();
    expect(html).toContain('Ann');
    expect(html).toContain('&lt;script&gt;alert(&quot;xss&quot;)');
    expect(html).not.toContain('<script>');
    expect(html).toContain('1 message');
    expect(html).not.toContain('Evil');
  });

  it('loses nothing when many sign at once', async () => {
    const app = await built('a guestbook');

    await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        app.post('/entries', { name: `Guest ${index}`, message: 'Hi' }),
      ),
    );
    await restart(app);

    expect(await app.text()).toContain('40 messages');
  });

  it('has the fields of its settings', async () => {
    const app = await built('a guestbook');
    const file = join(app.folder, 'app.json');
    await writeFile(
      file,
      JSON.stringify({
        ...JSON.parse(await readFile(file, 'utf8')),
        fields: [{ name: 'town', label: 'Home town' }],
      }),
    );
    await restart(app);

    await app.post('/entries', { name: 'Ann', message: 'Hi', town: XSS });

    expect(await app.text()).toContain('Home town: &lt;script&gt;');
  });

  it('passes its own tests', async () => {
    const app = await built('a guestbook');

    expect(await app.test()).toContain('fail 0');
  });
});

describe('Node.js to-do list', () => {
  it('adds, ticks off, deletes, and keeps tasks across a crash', async () => {
    const app = await built(`a to-do list ${NAME_WITH_MARKUP}`);
    await expectGoodPage(app);

    await app.post('/tasks', { text: XSS });
    await app.post('/tasks', { text: 'Water the plants' });
    const [, id] = /\/tasks\/([0-9a-f-]{36})\/toggle/.exec(await app.text()) ?? [];
    await app.post(`/tasks/${id}/toggle`, {});
    await restart(app);

    const html = await app.text();
    expect(html).toContain('1 of 2 to do');
    expect(html).not.toContain('<script>');
    await app.post(`/tasks/${id}/delete`, {});
    expect(await app.text()).toContain('1 of 1 to do');
    expect(await app.test()).toContain('fail 0');
  });
});

describe('Python with Flask', () => {
  it(
    'notes are kept across a crash, found, escaped and deleted',
    async () => {
      const app = await built(`notes ${NAME_WITH_MARKUP}`);
      await expectGoodPage(app);

      expect((await app.post('/notes', { title: 'Soup', text: XSS })).status).toBe(303);
      expect((await app.post('/notes', { title: '100%', text: 'plain' })).status).toBe(303);
      expect((await app.post('/notes', { title: '', text: 'x' })).status).toBe(400);
      expect((await app.post('/notes', { title: 'x', text: 'x'.repeat(100_000) })).status).toBe(
        413,
      );
      expect(
        (await app.post('/notes', { title: 'Evil' }, { 'sec-fetch-site': 'cross-site' })).status,
      ).toBe(403);
      await restart(app);

      const html = await app.text();
      expect(html).toContain('Soup');
      expect(html).not.toContain('<script>');
      expect(html).not.toContain('Evil');
      const found = await app.text('/?q=%25');
      expect(found).toContain('100%');
      expect(found).not.toContain('Soup');
      await app.post('/notes/1/delete', {});
      expect(await app.text()).not.toContain('Soup');
      await app.test();
    },
    4 * MINUTES,
  );

  it(
    'a poll counts one vote per browser and keeps it across a crash',
    async () => {
      const app = await built(`a poll ${NAME_WITH_MARKUP} about lunch: pizza or salad`);
      await expectGoodPage(app);

      const first = await app.post('/votes', { choice: 'Pizza' });
      const cookie = first.headers.get('set-cookie')?.split(';')[0] ?? '';
      expect(first.headers.get('set-cookie')).toContain('HttpOnly');
      await app.post('/votes', { choice: 'Salad' }, { cookie });
      await app.post('/votes', { choice: 'Salad' });
      expect((await app.post('/votes', { choice: XSS })).status).toBe(400);
      await restart(app);

      expect(await app.text('/', { headers: { cookie } })).toMatch(
        /2 votes[\s\S]*Salad[\s\S]*your vote[\s\S]*100 %/,
      );
      await app.test();
    },
    4 * MINUTES,
  );
});

describe('Go', () => {
  it(
    'links are followed, counted, checked, and kept across a crash',
    async () => {
      const app = await built(`a link shortener ${NAME_WITH_MARKUP}`);
      await expectGoodPage(app);

      expect(
        (await app.post('/links', { url: 'https://example.com/?q="><script>', name: 'menu' }))
          .status,
      ).toBe(303);
      expect((await app.post('/links', { url: 'javascript:alert(1)', name: 'bad' })).status).toBe(
        400,
      );
      expect((await app.post('/links', { url: 'example.com', name: XSS })).status).toBe(400);
      expect((await app.post('/links', { url: 'example.com', name: 'menu' })).status).toBe(400);
      expect(
        (
          await app.post(
            '/links',
            { url: 'example.com', name: 'evil' },
            { 'sec-fetch-site': 'cross-site' },
          )
        ).status,
      ).toBe(400);
      await fetch(`${app.url}/menu`, { redirect: 'manual' });
      await restart(app);

      const followed = await fetch(`${app.url}/menu`, { redirect: 'manual' });
      expect([followed.status, followed.headers.get('location')]).toEqual([
        302,
        'https://example.com/?q="><script>',
      ]);
      const html = await app.text();
      expect(html).toContain('2 visits');
      expect(html).not.toContain('<script>');
      await app.test();
    },
    4 * MINUTES,
  );
});

describe('React sign-up list', () => {
  it(
    'is put together, gives each place once, and keeps names across a crash',
    { timeout: 10 * MINUTES },
    async () => {
      const app = await built(`a sign-up list for 2 people ${NAME_WITH_MARKUP}`);
      await expectGoodPage(app);
      const script = await fetch(`${app.url}/app.js`);
      expect(script.headers.get('content-type')).toContain('text/javascript');
      expect(await script.text()).toContain('Put me down');

      const names = [XSS, 'Ann', 'Bob', 'Eve'];
      const sent = await Promise.all(names.map((name) => app.post('/people', { name })));
      expect(sent.map(({ status }) => status).sort()).toEqual([201, 201, 409, 409]);
      await restart(app);

      const html = await app.text();
      expect(html).not.toContain(XSS);
      expect(html.match(/&quot;id&quot;/g)).toHaveLength(2);
      await app.test();
    },
  );
});
