import type { Page } from 'playwright-core';
import { ADMIN } from './admin.ts';
import type { Product } from './product.ts';

const PATIENCE_MS = 120_000;

/** setUp opens the printed link and creates the first account. */
export async function setUp(page: Page, product: Product): Promise<void> {
  await page.goto(product.link.href);
  await page.getByLabel('Your name').fill(ADMIN.name);
  await page.getByLabel('E-mail').fill(ADMIN.email);
  await page.getByLabel('Password').fill(ADMIN.password);
  await page.getByRole('button', { name: 'Create the account' }).click();
  await page.waitForURL('**/new');
}

export async function signIn(page: Page, product: Product): Promise<void> {
  await page.goto(`${product.origin}/login`);
  await page.getByLabel('E-mail').fill(ADMIN.email);
  await page.getByLabel('Password').fill(ADMIN.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(`${product.origin}/`);
}

/** askFor describes an app; it resolves with the project's slug once the chat has been opened. */
export async function askFor(page: Page, sentence: string): Promise<string> {
  await page.getByRole('textbox', { name: 'What do you want to build?' }).fill(sentence);
  await page.getByRole('button', { name: 'Build it' }).click();
  await page.waitForURL('**/p/*');
  return new URL(page.url()).pathname.split('/').at(-1) ?? '';
}

/** untilChanged waits for the receipt of a change; questions on the way are answered with their first choice. */
export async function untilChanged(page: Page): Promise<void> {
  const chat = page.getByRole('region', { name: 'Chat', exact: true });
  const receipt = chat.getByText(/The app answered with 2\d\d/);
  const choice = chat.getByRole('group', { name: 'Answers' }).last().getByRole('button').first();
  await receipt.or(choice).first().waitFor({ timeout: PATIENCE_MS });
  while (!(await receipt.isVisible())) {
    await choice.click();
    await receipt.or(choice).first().waitFor({ timeout: PATIENCE_MS });
  }
}

/** preview is the app as the preview shows it. */
export function preview(page: Page) {
  return page.frameLocator('iframe[title^="Preview of"]');
}
