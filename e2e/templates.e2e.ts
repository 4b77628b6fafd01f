import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it, onTestFailed } from 'vitest';
import { accessibilityProblems } from './harness/accessibility.ts';
import { createAdmin } from './harness/admin.ts';
import { keepEvidence, openBrowser, picture, visit } from './harness/browser.ts';
import { createCli } from './harness/cli.ts';
import { signIn } from './harness/dashboard.ts';
import { startFresh, type Product } from './harness/product.ts';

const PATIENCE = { timeout: 60_000 };

let browser: Browser;
let product: Product;
let cli: Awaited<ReturnType<typeof createCli>>;
let folder: string;

beforeAll(async () => {
  product = await startFresh({
    env: { SPT_FLOW_PRICES: 'chat=0.05,devenv=0.1' },
  });
  browser = await openBrowser();
  cli = await createCli(product.origin);
  folder = await mkdtemp(path.join(os.tmpdir(), 'spt-flow-template-'));
  const { token } = await createAdmin(product);
  await cli.run(['login', '--with-token'], `${token}\n`);
});

afterAll(async () => {
  await browser.close();
  await product.stop();
  await cli.remove();
  await rm(folder, { recursive: true, force: true });
});

/** As a person keeps one in a directory. */
async function push(size: string, message: string): Promise<void> {
  const definition = {
    ...{ name: 'greeter', displayName: 'Greeter', icon: 'page', description: 'Greets' },
    settings: { size, environment: { GREETING: '${greeting}' } },
    parameters: [{ name: 'greeting', displayName: 'Greeting', type: 'string', max: 10 }],
  };
  await writeFile(path.join(folder, 'spt-flow-template.json'), JSON.stringify(definition));
  await writeFile(path.join(folder, 'README.md'), '# Greeter\n');
  const result = await cli.run(['template', 'push', folder, '--message', message]);
  expect(result).toMatchObject({ exitCode: 0 });
}

/** Pixels that one has to scroll to the side for. */
function overflowOf(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
}

async function expectReachable(page: Page, name: string): Promise<void> {
  await page.mouse.move(0, 0);
  await picture(page, name);
  expect(await overflowOf(page)).toBeLessThanOrEqual(0);
  expect(await accessibilityProblems(page)).toEqual([]);
}

it('a template becomes a workspace, updates it once it showed how, and is rolled back', async () => {
  const { page, problems } = await visit(browser);
  onTestFailed(() => keepEvidence(page, 'templates', product.output()));
  await push('chat', 'small');
  await signIn(page, product);

  await page.goto(`${product.origin}/templates/greeter`);
  await page.getByRole('link', { name: 'New workspace' }).click();
  const greeting = page.getByRole('textbox', { name: 'Greeting' });
  await greeting.fill('far too long a greeting');
  await page.getByText('must be at most 10 characters').waitFor();
  await greeting.press('Enter');
  await expectReachable(page, 'new-workspace');
  expect(new URL(page.url()).pathname).toBe('/new/workspace');
  await greeting.fill('hello');
  await page.getByTestId('cost').getByText('$0.05 an hour').waitFor();
  await page.getByRole('button', { name: 'Create it' }).click();
  await page.waitForURL('**/workspaces/greeter');
  await page.getByRole('button', { name: 'Stop greeter' }).waitFor(PATIENCE);
  await page.getByRole('img', { name: /^Memory: .* now/ }).waitFor(PATIENCE);
  const told = await cli.run(['ssh', 'greeter', '--', 'echo $GREETING']);
  expect(told.stdout).toBe('hello\n');

  await push('devenv', 'large');
  await page.goto(`${product.origin}/templates/greeter`);
  await page.getByRole('button', { name: 'Promote version 2' }).click();
  const preview = page.getByRole('region', { name: 'What promoting version 2 means' });
  await preview.getByText('size: chat → devenv').waitFor();
  await expectReachable(page, 'template-promotion');
  await preview.getByRole('button', { name: 'Promote version 2' }).click();
  await page.getByRole('button', { name: 'Update greeter' }).click();
  await page.getByText('There are none.').waitFor();

  await page.goto(`${product.origin}/workspaces/greeter`);
  await page.getByRole('button', { name: 'Go back to version 1…' }).click();
  await page.getByText('size: devenv → chat').waitFor();
  await expectReachable(page, 'workspace-rollback');
  await page.getByRole('button', { name: 'Go back to version 1', exact: true }).click();
  await page.getByText('It was made of version 2 before.').waitFor();

  const shown = await cli.run(['workspace', 'stats', 'greeter']);
  expect(shown.stdout).toMatch(/^Memory +[\d.]+ MiB/m);
  expect(problems).toEqual([]);
});

it('the pages of workspaces and templates need no scrolling to the side on a phone', async () => {
  const { page, problems } = await visit(browser, { size: 'phone', colorScheme: 'dark' });
  onTestFailed(() => keepEvidence(page, 'templates-phone', product.output()));
  await signIn(page, product);

  for (const [name, address, landmark] of [
    ['new-workspace', '/new/workspace?template=node-react', 'What it comes to'],
    ['workspaces', '/workspaces?q=greet', 'Workspaces'],
    ['workspace', '/workspaces/greeter', 'Use of its machine'],
    ['template', '/templates/greeter', 'Deprecation'],
    ['templates', '/templates', 'Templates'],
  ] as const) {
    await page.goto(`${product.origin}${address}`);
    await page.getByRole('heading', { name: landmark, exact: true }).waitFor();
    await expectReachable(page, name);
  }
  expect(problems).toEqual([]);
});
