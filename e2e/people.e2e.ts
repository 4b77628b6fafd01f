import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it, onTestFailed } from 'vitest';
import { accessibilityProblems } from './harness/accessibility.ts';
import { keepEvidence, openBrowser, visit } from './harness/browser.ts';
import { setUp } from './harness/dashboard.ts';
import { startFresh, type Product } from './harness/product.ts';

const EMAIL = 'ben@example.com';
const FORGOTTEN = 'a quiet river in may';
const CHOSEN = 'three small boats';

let browser: Browser;
let product: Product;
let admin: Page;
let guest: Page;

beforeAll(async () => {
  product = await startFresh();
  browser = await openBrowser();
  admin = (await visit(browser)).page;
  guest = (await visit(browser, { size: 'phone' })).page;
  await setUp(admin, product);
});

afterAll(async () => {
  await browser.close();
  await product.stop();
});

function watch(name: string): void {
  onTestFailed(async () => {
    await keepEvidence(admin, `people-${name}-admin`, product.output());
    await keepEvidence(guest, `people-${name}-guest`, product.output());
  });
}

async function shownLink(): Promise<string> {
  const shown = admin.getByRole('status').filter({ hasText: '/invite/' });
  const link = await shown.locator('code').innerText();
  await shown.getByRole('button', { name: 'I have copied it' }).click();
  return link;
}

it('somebody joins with a link and is among the people', async () => {
  watch('join');
  await admin.goto(`${product.origin}/settings`);
  await admin.getByRole('region', { name: 'People' }).getByLabel('E-mail').fill(EMAIL);
  await admin.getByRole('button', { name: 'Invite' }).click();
  const link = await shownLink();

  await guest.goto(link);
  await guest.getByRole('heading', { name: /^Join/ }).waitFor();
  expect(await accessibilityProblems(guest)).toEqual([]);
  await guest.getByLabel('Your name').fill('Ben');
  await guest.getByLabel('Password').fill(FORGOTTEN);
  await guest.getByRole('button', { name: 'Join' }).click();
  await guest.getByRole('textbox', { name: 'What do you want to build?' }).waitFor();

  await admin.reload();
  await admin.getByRole('combobox', { name: 'Role of Ben' }).waitFor();
  expect(await accessibilityProblems(admin)).toEqual([]);
});

it('who forgot a password chooses another with a link', async () => {
  watch('password');
  await admin.getByRole('button', { name: 'More for Ben' }).click();
  await admin.getByRole('menuitem', { name: 'Link to a new password' }).click();
  await guest.goto(await shownLink());
  await guest.getByLabel('Password').fill(CHOSEN);
  await guest.getByRole('button', { name: 'Save the password' }).click();
  await guest.waitForURL((url) => !url.pathname.startsWith('/invite'));

  await guest.goto(`${product.origin}/settings`);
  await guest.getByText(EMAIL).first().waitFor();
});

it('a project is there for a group alone, as soon as it is shared with it', async () => {
  watch('group');
  const groups = admin.getByRole('region', { name: 'Groups' });
  await groups.getByLabel('New group').fill('Web shop');
  await groups.getByRole('button', { name: 'Make group' }).click();
  await groups.getByRole('combobox', { name: 'Add somebody to Web shop' }).click();
  await admin.getByRole('option', { name: 'Ben' }).click();
  await groups.getByRole('button', { name: 'Take Ben out of Web shop' }).waitFor();
  expect(await accessibilityProblems(admin)).toEqual([]);

  await admin.evaluate(() =>
    fetch('/api/v1/projects', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'Bakery' }),
    }),
  );
  await admin.goto(`${product.origin}/p/bakery/settings`);
  const access = admin.getByRole('region', { name: 'Who finds it' });
  await access.getByRole('radio', { name: /^Only the people/ }).click();
  await access.getByText('Can manage, always').waitFor();
  await guest.goto(`${product.origin}/p/bakery`);
  await guest.getByText('There is no project').waitFor();

  await guest.goto(`${product.origin}/workspaces`);
  await guest.getByText('No workspaces yet').waitFor();
  await access.getByRole('combobox', { name: 'Person or group' }).click();
  await admin.getByRole('option', { name: 'Web shop' }).click();
  await access.getByRole('button', { name: 'Share', exact: true }).click();
  // Without a reload: what somebody finds changes while they look.
  await guest.getByRole('link', { name: 'bakery' }).first().waitFor();
  expect(await accessibilityProblems(admin)).toEqual([]);
});

it('who is removed is signed out, and the same password opens nothing', async () => {
  watch('remove');
  await admin.goto(`${product.origin}/settings`);
  await admin.getByRole('button', { name: 'More for Ben' }).click();
  await admin.getByRole('menuitem', { name: 'Remove…' }).click();
  const dialog = admin.getByRole('dialog', { name: 'Remove Ben' });
  await dialog.getByText('Ben has no machine and no project.').waitFor();
  await dialog.getByRole('button', { name: 'Remove' }).click();
  await admin.getByRole('combobox', { name: 'Role of Ben' }).waitFor({ state: 'detached' });

  await guest.goto(`${product.origin}/settings`);
  await guest.waitForURL('**/login?**');
  await guest.getByLabel('E-mail').fill(EMAIL);
  await guest.getByLabel('Password').fill(CHOSEN);
  await guest.getByRole('button', { name: 'Sign in' }).click();
  await guest.getByText('E-mail or password is wrong').waitFor();
});

it('somebody gives their machines a secret, which no page shows again', async () => {
  watch('secret');
  await admin.goto(`${product.origin}/settings`);
  const mine = admin.getByRole('region', { name: 'My secrets' });
  await mine.getByLabel('Name').fill('PATH');
  await mine.getByText('the workspace sets it').waitFor();
  await mine.getByLabel('Name').fill('OPENAI_API_KEY');
  await mine.getByLabel('Value').fill('sk-very-secret-value');
  await mine.getByRole('button', { name: 'Add' }).click();
  await mine.getByRole('button', { name: 'Replace OPENAI_API_KEY' }).waitFor();

  await admin.reload();
  await mine.getByRole('button', { name: 'Replace OPENAI_API_KEY' }).waitFor();
  expect(await admin.content()).not.toContain('sk-very-secret-value');
  expect(await accessibilityProblems(admin)).toEqual([]);
});
