import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest';
import { accessibilityProblems, contrastOf } from './harness/accessibility.ts';
import { browserProgram, keepEvidence, openBrowser, picture, visit } from './harness/browser.ts';
import { askFor, preview, setUp, signIn, untilChanged } from './harness/dashboard.ts';
import { createDataDirectory, startProduct, type Product } from './harness/product.ts';

let browser: Browser;
let product: Product;
let data: Awaited<ReturnType<typeof createDataDirectory>>;

beforeAll(async () => {
  data = await createDataDirectory();
  product = await startProduct({
    dataDirectory: data.path,
    env: { SPT_FLOW_BROWSER: browserProgram() },
  });
  browser = await openBrowser();
});

afterAll(async () => {
  await browser.close();
  await product.stop();
  await data.remove();
});

function watch(page: Page, name: string): void {
  onTestFailed(() => keepEvidence(page, name, product.output()));
}

/** The words in the book itself, not those still in the form. */
function entry(page: Page, message: string) {
  return preview(page).getByRole('listitem').filter({ hasText: message });
}

async function sign(page: Page, name: string, message: string): Promise<void> {
  const app = preview(page);
  await app.getByLabel('Your name').fill(name);
  await app.getByLabel('Your message').fill(message);
  await app.getByRole('button', { name: 'Sign the book' }).click();
  await entry(page, message).waitFor();
}

async function setMachine(page: Page, slug: string, verb: 'Start' | 'Stop'): Promise<void> {
  await page.goto(`${product.origin}/workspaces/${slug}`);
  await page.getByRole('button', { name: new RegExp(`^${verb} `) }).click();
  const next = verb === 'Start' ? 'Stop' : 'Start';
  await page
    .getByRole('button', { name: new RegExp(`^${next} `), disabled: false })
    .waitFor({ timeout: 60_000 });
}

/** Pixels that one has to scroll to the side for. */
function overflowOf(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
}

/** A page in the wanted colours with the pointer over its main button. */
async function expectReadableUnderPointer(page: Page): Promise<void> {
  await page.getByRole('textbox', { name: 'What do you want to build?' }).fill('a guestbook');
  const button = page.getByRole('button', { name: 'Build it' });
  await button.hover();
  const isDark = () => page.evaluate(() => document.documentElement.classList.contains('dark'));
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme });
    await expect.poll(isDark).toBe(colorScheme === 'dark');
    expect(await contrastOf(button), colorScheme).toBeGreaterThanOrEqual(4.5);
  }
}

/** Runs in the app's page: what it gets from the dashboard around it, or the error that it gets instead. */
async function reachOut(dashboard: string): Promise<Record<string, string>> {
  const outcome = (work: () => unknown) =>
    Promise.resolve()
      .then(work)
      .then(String, (error: unknown) => (error instanceof Error ? error.name : String(error)));
  const included = { credentials: 'include' } as const;
  const body = JSON.stringify({ name: 'Planted' });
  const ways = {
    read: () => fetch(`${dashboard}/api/v1/auth/me`, included),
    change: () =>
      fetch(`${dashboard}/api/v1/projects`, { ...included, method: 'POST', mode: 'no-cors', body }),
    listen: () =>
      new Promise((resolve) => {
        const socket = new WebSocket(`${dashboard.replace('http', 'ws')}/api/v1/live`);
        socket.addEventListener('open', () => resolve('open'));
        socket.addEventListener('error', () => resolve('refused'));
      }),
    serve: () => navigator.serviceWorker.register(`${dashboard}/sw.js`),
    look: () => window.parent.document.title,
    lead: () => (window.parent.location.href = 'about:blank'),
    cookies: () => document.cookie,
  };
  const outcomes: Record<string, string> = {};
  for (const [name, way] of Object.entries(ways)) outcomes[name] = await outcome(way);
  return outcomes;
}

describe('a newcomer', () => {
  let slug = '';

  it('describes a guestbook and gets one that keeps its entries across a restart of its machine', async () => {
    const { page, problems } = await visit(browser);
    watch(page, 'guestbook');
    await setUp(page, product);
    expect(await accessibilityProblems(page)).toEqual([]);
    await picture(page, 'new-project');
    await expectReadableUnderPointer(page);

    slug = await askFor(page, 'a guestbook for my café');
    await untilChanged(page);
    await page.getByRole('img', { name: 'The page “Café guestbook”' }).waitFor();
    await sign(page, 'Grace', 'The cake was wonderful');
    await picture(page, 'project-build');
    expect(await accessibilityProblems(page)).toEqual([]);

    await setMachine(page, slug, 'Stop');
    await setMachine(page, slug, 'Start');
    await page.goto(`${product.origin}/p/${slug}`);
    await entry(page, 'The cake was wonderful').waitFor({ timeout: 60_000 });
    expect(problems).toEqual([]);
  });

  it('finds project, conversation and entries again after the control plane was killed', async () => {
    const { port } = product.link;
    await product.kill();
    product = await startProduct({ dataDirectory: data.path, port: Number(port) });
    const { page } = await visit(browser);
    watch(page, 'after-kill');

    await signIn(page, product);
    await page.goto(`${product.origin}/p/${slug}`);

    await page.getByText('a guestbook for my café').first().waitFor();
    await entry(page, 'The cake was wonderful').waitFor({ timeout: 90_000 });
  });

  it('has pages that reach nothing of who looks at them', async () => {
    const { page } = await visit(browser);
    watch(page, 'hostile-page');
    await signIn(page, product);
    await page.goto(`${product.origin}/p/${slug}`);
    await entry(page, 'The cake was wonderful').waitFor({ timeout: 90_000 });
    const app = page.frames().find((frame) => frame !== page.mainFrame());

    expect(await app?.evaluate(reachOut, product.origin)).toEqual({
      ...{ read: 'TypeError', change: 'TypeError', listen: 'refused', serve: 'SecurityError' },
      ...{ look: 'SecurityError', lead: 'SecurityError', cookies: '' },
    });
    expect(page.url()).toBe(`${product.origin}/p/${slug}`);
    const answer = await page.request.get(`${product.origin}/api/v1/projects`);
    expect(await answer.text()).not.toContain('Planted');
  });

  it('publishes it, and a stranger signs', async () => {
    const { page } = await visit(browser);
    watch(page, 'publish');
    await signIn(page, product);
    await page.goto(`${product.origin}/p/${slug}`);
    await page.getByRole('textbox', { name: 'Message' }).fill('Publish it');
    await page.keyboard.press('Enter');
    const link = page.getByRole('log').getByRole('link', { name: /^http/ });
    await page.getByRole('log').getByText('Everybody in your organization can open it').waitFor();

    await page.getByRole('button', { name: 'Share' }).click();
    const shared = page.waitForResponse(
      (response) => response.request().method() === 'PUT' && response.url().includes('/ports/'),
    );
    await page.getByRole('radio', { name: /^Everybody/ }).click();
    expect((await shared).status()).toBe(200);
    expect(await accessibilityProblems(page)).toEqual([]);

    const stranger = await visit(browser);
    await stranger.page.goto((await link.getAttribute('href')) ?? '');
    await stranger.page.getByText('The cake was wonderful').waitFor();

    // What was put online is checked meanwhile.
    await page.goto(`${product.origin}/p/${slug}/checks`);
    await page.getByText('because it was put online').waitFor();
  });

  it('does the same on a phone, in the dark', async () => {
    const { page } = await visit(browser, { size: 'phone', colorScheme: 'dark' });
    watch(page, 'phone');
    await signIn(page, product);
    await picture(page, 'projects');
    expect(await accessibilityProblems(page)).toEqual([]);

    await page.goto(`${product.origin}/p/${slug}`);
    await page.getByText('a guestbook for my café').first().waitFor();
    await picture(page, 'project-chat');
    await page.getByRole('navigation', { name: 'Project' }).getByText('Preview').click();
    await sign(page, 'Linus', 'Signed on the way home');
    await picture(page, 'project-preview');

    expect(await overflowOf(page)).toBeLessThanOrEqual(0);
    expect(await accessibilityProblems(page)).toEqual([]);
  });

  it('reads and signs on a tablet, where nothing has to be scrolled to the side', async () => {
    const { page } = await visit(browser, { size: 'tablet' });
    watch(page, 'tablet');
    await signIn(page, product);
    expect(await overflowOf(page)).toBeLessThanOrEqual(0);

    await page.goto(`${product.origin}/p/${slug}`);
    await page.getByText('a guestbook for my café').first().waitFor();
    await page.getByRole('navigation', { name: 'Project' }).getByText('Preview').click();
    await sign(page, 'Ken', 'Signed at the table');
    expect(await overflowOf(page)).toBeLessThanOrEqual(0);
    expect(await accessibilityProblems(page)).toEqual([]);
  });
});
