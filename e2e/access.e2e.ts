import { text } from 'node:stream/consumers';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it, onTestFailed } from 'vitest';
import { projectRoutes } from '@spt-flow/shared/api/projects';
import { promptRoutes } from '@spt-flow/shared/api/prompts';
import { accessibilityProblems } from './harness/accessibility.ts';
import { createAdmin } from './harness/admin.ts';
import { keepEvidence, openBrowser, picture, visit } from './harness/browser.ts';
import { signIn } from './harness/dashboard.ts';
import { startFresh, type Product } from './harness/product.ts';

const PATIENCE = { timeout: 60_000 };

let browser: Browser;
let product: Product;
let slug: string;
let desk: Page;
let phone: Page;

beforeAll(async () => {
  product = await startFresh();
  browser = await openBrowser();
  const { api } = await createAdmin(product);
  const { project } = await api.call(projectRoutes.create, { body: { name: 'Shell' } });
  await api.call(promptRoutes.create, { body: { name: 'Shop', text: 'A shop', isShared: false } });
  slug = project?.slug ?? '';
  desk = (await visit(browser)).page;
  phone = (await visit(browser, { size: 'phone', colorScheme: 'dark' })).page;
  await signIn(desk, product);
  await signIn(phone, product);
});

afterAll(async () => {
  await browser.close();
  await product.stop();
});

function watch(name: string): void {
  onTestFailed(async () => {
    await keepEvidence(desk, `access-${name}-desk`, product.output());
    await keepEvidence(phone, `access-${name}-phone`, product.output());
  });
}

/** Pixels that one has to scroll to the side for. */
function overflowOf(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
}

async function screenOf(page: Page): Promise<string> {
  const rows = await page.locator('.xterm-rows > div').allTextContents();
  return rows.join('\n').replaceAll('\u00a0', ' ');
}

async function looksRight(page: Page, name: string): Promise<void> {
  await picture(page, `access-${name}`);
  expect(await accessibilityProblems(page)).toEqual([]);
  expect(await overflowOf(page)).toBe(0);
}

it('an admin switches recording on, and who opens a terminal is told', async () => {
  watch('policy');
  await phone.goto(`${product.origin}/access`);
  await phone.getByText('Nobody is connected').waitFor();
  await looksRight(phone, 'empty');
  const policy = phone.getByRole('region', { name: 'Recording' });
  await policy.getByRole('combobox', { name: 'Recording' }).click();
  await phone.getByRole('option', { name: 'On', exact: true }).click();
  await policy.getByRole('button', { name: 'Save' }).click();
  await policy.getByText('Now: What terminals and commands show is recorded').waitFor();

  await desk.goto(`${product.origin}/p/${slug}/terminal`);
  await desk.getByText('What is shown is recorded').waitFor(PATIENCE);
  await desk.getByRole('region', { name: 'Terminal 1' }).click();
  await desk.keyboard.type('echo recorded-$((40+2))');
  await desk.keyboard.press('Enter');
  await expect.poll(() => screenOf(desk), PATIENCE).toContain('recorded-42');
  await picture(desk, 'access-terminal');
});

it('the terminal is among those that are connected, and is ended from a phone', async () => {
  watch('end');
  const row = phone.getByRole('listitem').filter({ hasText: 'Terminal in' });
  await row.getByRole('button', { name: 'End' }).click({ timeout: 20_000 });
  await looksRight(phone, 'connected');
  await row.getByRole('button', { name: 'End session' }).click();

  await phone.getByText('What runs in the terminal goes on').waitFor();
  await desk.getByText('You or an admin ended this session').waitFor();
  await phone.getByText('Nobody is connected').waitFor();
  await looksRight(phone, 'ended');
});

it('the recording is played, and can be looked at from any moment', async () => {
  watch('play');
  await desk.goto(`${product.origin}/access?show=recorded`);
  await desk.getByRole('button', { name: 'Play' }).click();
  const player = desk.getByRole('region', { name: /in shell/i });
  const position = player.getByRole('slider', { name: 'Position' });
  await position.press('End');
  await expect.poll(() => screenOf(desk), PATIENCE).toContain('recorded-42');
  await looksRight(desk, 'player');

  await position.press('Home');
  await expect.poll(() => screenOf(desk), PATIENCE).not.toContain('recorded-42');
  for (const speed of ['1×', '2×', '4×'])
    await player.getByRole('button', { name: `Speed ${speed}` }).click();
  const button = player.getByRole('button', { name: /^(Play|Pause)$/ });
  if ((await button.getAttribute('aria-label')) === 'Play') await button.click();
  await expect.poll(() => screenOf(desk), PATIENCE).toContain('recorded-42');
  await phone.goto(`${product.origin}/access?show=recorded`);
  await phone.getByRole('button', { name: 'Play' }).click();
  await phone.getByRole('slider', { name: 'Position' }).waitFor();
  await looksRight(phone, 'player');
});

it('what happened is told in the audit log, with proof that nothing of it was changed', async () => {
  watch('audit');
  await desk.goto(`${product.origin}/access`);
  await desk.getByRole('link', { name: 'Audit log' }).click();
  await desk.getByText('none of them changed, removed or cut off').waitFor();
  // Of a feature that records nothing itself.
  await desk
    .getByRole('button', { name: /asked: Save a prompt/ })
    .first()
    .waitFor();
  await desk
    .getByRole('button', { name: /opened a terminal in/ })
    .first()
    .click();
  await desk.getByText('Correlation id').waitFor();
  await looksRight(desk, 'audit');

  const download = desk.waitForEvent('download');
  await desk.getByRole('link', { name: 'Export' }).click();
  expect(await text(await (await download).createReadStream())).toContain('"recording.policy"');

  await phone.goto(`${product.origin}/audit?action=recording`);
  await phone.getByText('set recordings of terminals to on').waitFor();
  await phone.getByText('looked at the recording of').first().waitFor();
  await looksRight(phone, 'audit');
});
