import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it, onTestFailed } from 'vitest';
import { startOpenidProvider, type OpenidProvider } from '../scripts/lib/openid-provider.mjs';
import { accessibilityProblems } from './harness/accessibility.ts';
import { ADMIN } from './harness/admin.ts';
import { keepEvidence, openBrowser, picture, visit } from './harness/browser.ts';
import { setUp } from './harness/dashboard.ts';
import { startFresh, type Product } from './harness/product.ts';

const PORT = 18_480;
const BEN = { email: 'ben@example.com', email_verified: true, name: 'Ben', groups: ['developers'] };

let browser: Browser;
let provider: OpenidProvider;
let product: Product;
let admin: Page;
let guest: Page;

beforeAll(async () => {
  provider = await startOpenidProvider({
    redirectUri: `http://localhost:${String(PORT)}/api/v1/auth/callback/oidc`,
    asksPeople: true,
  });
  product = await startFresh({
    port: PORT,
    env: {
      SPT_FLOW_OIDC_ISSUER: provider.issuer,
      SPT_FLOW_OIDC_CLIENT_ID: provider.clientId,
      SPT_FLOW_OIDC_CLIENT_SECRET: provider.clientSecret,
      SPT_FLOW_OIDC_NAME: 'Keycloak',
      ENABLE_SIGNUP: 'providers',
    },
  });
  browser = await openBrowser();
  admin = (await visit(browser)).page;
  guest = (await visit(browser, { size: 'phone' })).page;
  await setUp(admin, product);
});

afterAll(async () => {
  await browser.close();
  await product.stop();
  await provider.close();
});

function watch(name: string): void {
  onTestFailed(async () => {
    await keepEvidence(admin, `sign-in-${name}-admin`, product.output());
    await keepEvidence(guest, `sign-in-${name}-guest`, product.output());
  });
}

async function goThere(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Continue with Keycloak' }).click();
  await page.getByRole('button', { name: /^Go on as/ }).click();
}

it('somebody comes with their account elsewhere, and goes on where the command line waits', async () => {
  watch('first');
  provider.state.person = { subject: 'ben', claims: BEN };
  await guest.goto(`${product.origin}/device?code=BDWP-HQPK`);
  await guest.getByRole('button', { name: 'Continue with Keycloak' }).waitFor();
  await picture(guest, 'login-with-keycloak');
  expect(await accessibilityProblems(guest)).toEqual([]);
  await goThere(guest);

  await guest.waitForURL(`${product.origin}/device?code=BDWP-HQPK`);
  await guest.goto(`${product.origin}/settings`);
  await guest.getByText(BEN.email).first().waitFor();
  await guest.getByText('You have no password here').waitFor();
  await picture(guest, 'settings-of-somebody-from-elsewhere');
});

it('who is in no group is told so, in plain words', async () => {
  watch('refused');
  provider.state.person = { subject: 'ben', claims: { ...BEN, groups: ['guests'] } };
  await guest.goto(`${product.origin}/login`);
  await guest.getByRole('button', { name: 'Continue with Keycloak' }).click();

  await guest.getByText('Your account there is in no group that may use spt-flow').waitFor();
  await picture(guest, 'login-refused');
  expect(await accessibilityProblems(guest)).toEqual([]);
});

it('somebody with a password links the other account, signs in with it, and unlinks it', async () => {
  watch('link');
  const claims = { ...BEN, email: ADMIN.email, name: ADMIN.name };
  provider.state.person = { subject: 'ada', claims };
  await admin.goto(`${product.origin}/settings`);
  await admin.getByRole('button', { name: 'Link Keycloak', exact: true }).click();
  await admin.getByRole('button', { name: /^Go on as/ }).click();
  await admin.getByRole('button', { name: 'Unlink Keycloak' }).waitFor();
  await picture(admin, 'settings-linked');
  expect(await accessibilityProblems(admin)).toEqual([]);

  await admin.getByRole('button', { name: `Menu of ${ADMIN.name}` }).click();
  await admin.getByRole('menuitem', { name: 'Sign out' }).click();
  await admin.getByText('You are signed out.').waitFor();
  await goThere(admin);
  await admin.waitForURL(`${product.origin}/`);

  await admin.goto(`${product.origin}/settings`);
  await admin.getByRole('button', { name: 'Unlink Keycloak' }).click();
  await admin.waitForURL('**/login**');
});
