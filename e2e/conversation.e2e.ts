import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest';
import * as z from 'zod';
import { accessibilityProblems } from './harness/accessibility.ts';
import { keepEvidence, openBrowser, picture, visit } from './harness/browser.ts';
import { askFor, preview, setUp, signIn } from './harness/dashboard.ts';
import { startModelServer, type ModelServer } from './harness/model-server.ts';
import { createDataDirectory, startProduct, type Product } from './harness/product.ts';

const InvitedSchema = z.object({ data: z.object({ url: z.url() }) });

const PATIENCE = { timeout: 90_000 };

let browser: Browser;
let data: Awaited<ReturnType<typeof createDataDirectory>>;
let model: ModelServer;
let product: Product;
let desk: Page;
let phone: Page;
let slug: string;

beforeAll(async () => {
  data = await createDataDirectory();
  model = await startModelServer();
  product = await startProduct({ dataDirectory: data.path, env: model.env });
  browser = await openBrowser();
  desk = (await visit(browser)).page;
  await setUp(desk, product);
});

afterAll(async () => {
  await browser.close();
  await product.stop();
  await model.close();
  await data.remove();
});

function watch(name: string): void {
  onTestFailed(async () => {
    for (const [index, page] of browser
      .contexts()
      .flatMap((context) => context.pages())
      .entries())
      await keepEvidence(page, `conversation-${name}-${index}`, product.output());
  });
}

function messages(page: Page) {
  return page.getByRole('log', { name: 'Conversation' });
}

async function say(page: Page, words: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Message' }).fill(words);
  await page.getByRole('button', { name: 'Send' }).click();
}

/** App whose answer names its version and what it has stored. */
function server(version: string): string {
  return `import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
const stored = () => { try { return readFileSync('stored.txt', 'utf8'); } catch { return 'nothing'; } };
createServer((_, response) => response.end('${version} with ' + stored())).listen(process.env.PORT, '127.0.0.1');
`;
}

async function change(version: string): Promise<void> {
  const reply = await model.next();
  reply.call('write_file', {
    path: 'spt-flow.json',
    content: JSON.stringify({ kind: 'node-web', start: `node server.mjs ${version}` }),
  });
  reply.call('write_file', { path: 'server.mjs', content: server(version) });
  reply.call('finish', { summary: `Make it ${version}` });
  reply.end();

  await preview(desk).getByText(`${version} with`).waitFor(PATIENCE);
}

/** One point. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
);

/** Writes a file that no change knows of, as an app does. */
async function store(words: string): Promise<void> {
  const done = await desk.evaluate(
    async ([handle, command]) => {
      const response = await fetch(`/api/v1/workspaces/${handle}/exec`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ command }),
      });
      return response.status;
    },
    [slug, `printf %s '${words}' > stored.txt`],
  );
  expect(done).toBeLessThan(300);
}

/** A second person of the same organization, who speaks through the API. */
async function colleague(): Promise<{ tell(activity: 'here' | 'typing'): Promise<void> }> {
  const headers = { 'content-type': 'application/json', origin: product.origin };
  const invited = await desk.request.post(`${product.origin}/api/v1/invitations`, {
    ...{ headers, data: { role: 'developer', email: 'grace@example.com' } },
  });
  const { data: invitation } = InvitedSchema.parse(await invited.json());
  const token = new URL(invitation.url).pathname.split('/').at(-1);
  const joined = await fetch(`${product.origin}/api/v1/invitations/acceptance`, {
    ...{ method: 'POST', headers },
    body: JSON.stringify({ token, name: 'Grace', password: 'only for this journey' }),
  });
  expect(joined.status).toBe(201);
  const cookie = joined.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
  return {
    tell: async (activity) => {
      const response = await fetch(`${product.origin}/api/v1/projects/${slug}/presence`, {
        method: 'POST',
        headers: { ...headers, cookie },
        body: JSON.stringify({ activity }),
      });
      expect(response.status).toBe(200);
    },
  };
}

describe('a conversation', () => {
  it('goes on after a reload, on a second device and after a restart', async () => {
    watch('resume');
    slug = await askFor(desk, 'Tell me a story');
    const first = await model.next();
    first.say('Once upon ');
    await messages(desk).getByText('Once upon').waitFor(PATIENCE);

    await desk.reload();
    await messages(desk).getByText('Once upon').waitFor(PATIENCE);
    phone = (await visit(browser, { size: 'phone' })).page;
    await signIn(phone, product);
    await phone.goto(`${product.origin}/p/${slug}`);
    await messages(phone).getByText('Once upon').waitFor(PATIENCE);
    first.say('a time');
    for (const page of [desk, phone])
      await messages(page).getByText('Once upon a time').waitFor(PATIENCE);

    const { port } = product.link;
    await product.kill();
    product = await startProduct({
      ...{ dataDirectory: data.path, env: model.env, port: Number(port) },
    });
    const again = await model.next();
    again.say('Begun anew');
    for (const page of [desk, phone]) {
      await messages(page).getByText('Begun anew').waitFor(PATIENCE);
      expect(await messages(page).getByText('Once upon').count()).toBe(0);
    }
    again.end();
    await desk.getByRole('button', { name: 'Answer again' }).waitFor(PATIENCE);
  });

  it('sends what was written offline once, even when the page was closed meanwhile', async () => {
    watch('offline');
    // The shell may not have been kept before the server was killed.
    await phone.reload();
    await phone.evaluate(async () => {
      await navigator.serviceWorker.ready;
    });
    await phone.context().setOffline(true);
    await say(phone, 'Written in a tunnel');
    await messages(phone).getByText('Written in a tunnel').waitFor();
    await messages(phone).getByText('Will be sent when the connection is back').waitFor(PATIENCE);
    await phone.reload();
    await phone.getByText('You are offline.').waitFor(PATIENCE);
    await picture(phone, 'offline');

    await phone.context().setOffline(false);
    const reply = await model.next();
    expect(reply.asked).toContain('Written in a tunnel');
    reply.say('Out of it now');
    reply.end();

    for (const page of [desk, phone]) {
      await messages(page).getByText('Out of it now').waitFor(PATIENCE);
      expect(await messages(page).getByText('Written in a tunnel').count()).toBe(1);
    }
  });

  it('queues, takes back, stops, and answers again, on all devices alike', async () => {
    watch('queue');
    await say(desk, 'Think long');
    const reply = await model.next();
    reply.say('Thinking');
    await messages(desk).getByText('Thinking', { exact: true }).waitFor(PATIENCE);
    await say(phone, 'Never mind');
    await messages(desk).getByText('Waits until the work before is finished').waitFor(PATIENCE);
    await messages(desk).getByRole('button', { name: 'Remove' }).click();
    await messages(phone)
      .getByText('Never mind')
      .waitFor({ ...PATIENCE, state: 'detached' });

    await desk.getByRole('button', { name: 'Stop' }).click();
    await desk.getByRole('button', { name: 'Answer again' }).click(PATIENCE);
    const again = await model.next();
    again.say('Thought through');
    again.end();

    await messages(phone).getByText('Thought through').waitFor(PATIENCE);
    expect(await messages(phone).getByText('Think long').count()).toBe(1);
  });

  it('shows who else is there and types, and finds again what was said', async () => {
    watch('presence');
    const grace = await colleague();
    await grace.tell('here');
    await desk.getByText('Grace is here too').waitFor(PATIENCE);
    await grace.tell('typing');
    await desk.getByText('Grace is typing…').waitFor(PATIENCE);

    await desk.getByRole('button', { name: 'Search and commands' }).click();
    await desk.getByPlaceholder('Find a project, an action or a message').fill('tunn');
    await desk.getByRole('option', { name: /Written in a tunnel/ }).click(PATIENCE);
    await desk.waitForURL('**/p/*?message=*');
  });

  it('goes back to a message after listing what is lost, and to a checkpoint with its data', async () => {
    watch('undo');
    await desk.goto(`${product.origin}/p/${slug}`);
    await say(desk, 'Make the first version');
    await change('one');
    await store('tea');
    await desk.goto(`${product.origin}/p/${slug}/history`);
    await desk.getByLabel('Name of this version').fill('With tea');
    await desk.getByLabel('With what the app has stored').check();
    await desk.getByRole('button', { name: 'Keep it' }).click();
    await desk.getByRole('button', { name: 'Go back to With tea' }).waitFor(PATIENCE);
    expect(await accessibilityProblems(desk)).toEqual([]);

    await desk.goto(`${product.origin}/p/${slug}`);
    await say(desk, 'Make the second version');
    await change('two');
    await store('coffee');
    await desk.getByRole('button', { name: 'Undo from here…' }).last().click();
    const dialog = desk.getByRole('dialog');
    await dialog.getByText('Make it two').waitFor(PATIENCE);
    await picture(desk, 'go-back');
    expect(await accessibilityProblems(desk)).toEqual([]);
    await dialog.getByRole('button', { name: 'Go back' }).click();
    await preview(desk).getByText('one with coffee').waitFor(PATIENCE);
    await messages(desk)
      .getByText('Went back to before “Make the second version”')
      .waitFor(PATIENCE);

    await desk.goto(`${product.origin}/p/${slug}/history`);
    await desk.getByRole('button', { name: 'Go back to With tea' }).click();
    await dialog.getByLabel('Also bring back what the app had stored').check(PATIENCE);
    await dialog.getByRole('button', { name: 'Go back' }).click();
    await dialog.waitFor({ ...PATIENCE, state: 'detached' });
    await desk.goto(`${product.origin}/p/${slug}`);
    await preview(desk).getByText('one with tea').waitFor(PATIENCE);
  });

  it('plans with questions and a picture before it writes, whichever device answers', async () => {
    watch('plan');
    await desk.getByRole('button', { name: 'Plan first' }).click();
    await desk
      .getByTestId('picture-chooser')
      .setInputFiles({ name: 'A sketch.png', mimeType: 'image/png', buffer: PNG });
    await desk.getByLabel('What picture 1 shows').waitFor(PATIENCE);
    await say(desk, 'Make it green, like this');
    const asks = await model.next();
    expect(asks.asked).toContain('"media_type":"image/png"');
    asks.call('ask_user', {
      questions: [
        { question: 'Which green?', choices: ['Light', 'Dark'] },
        { question: 'For whom?', choices: [] },
      ],
    });
    asks.end();
    await messages(desk).getByRole('img', { name: 'A sketch' }).waitFor(PATIENCE);
    await desk.getByLabel('Dark').check(PATIENCE);
    await picture(desk, 'questions');
    expect(await accessibilityProblems(desk)).toEqual([]);
    await desk.getByRole('button', { name: 'Answer', exact: true }).click();
    const plans = await model.next();
    expect(plans.asked).toContain('Decide the rest for me');
    plans.call('propose_plan', { title: 'A green page', pages: ['One page'], left_out: ['Red'] });
    plans.end();

    await phone.goto(`${product.origin}/p/${slug}`);
    await phone.getByText('Nothing is written yet').waitFor(PATIENCE);
    await picture(phone, 'plan');
    expect(await accessibilityProblems(phone)).toEqual([]);
    await phone.getByRole('button', { name: 'Build it', exact: true }).click();
    await change('green');
  });

  it('goes on from another version of a message, and from the first one again', async () => {
    watch('versions');
    const question = messages(desk)
      .locator('[id^="message-"]')
      .filter({ hasText: 'Make it green, like this' });
    await question.getByRole('button', { name: 'Edit' }).click(PATIENCE);
    await desk.getByLabel('New text of the message').fill('Leave it as it is');
    await desk.getByRole('button', { name: 'Send this version' }).click();
    const dialog = desk.getByRole('dialog');
    await dialog.getByRole('listitem').filter({ hasText: 'Make it green' }).waitFor(PATIENCE);
    await dialog.getByRole('button', { name: 'Go back and send' }).click();
    const reply = await model.next();
    reply.say('Left alone');
    reply.end();
    await messages(phone).getByText('Left alone').waitFor(PATIENCE);
    await preview(desk).getByText('one with tea').waitFor(PATIENCE);
    await messages(desk).getByText('2/2').waitFor(PATIENCE);
    await picture(desk, 'versions');
    expect(await accessibilityProblems(desk)).toEqual([]);

    await messages(desk).getByRole('button', { name: 'Earlier version' }).click();
    await dialog.getByRole('button', { name: 'Go to that version' }).click(PATIENCE);
    await preview(desk).getByText('green with').waitFor(PATIENCE);
    await messages(phone).getByText('Make it green, like this').waitFor(PATIENCE);
  });
});
