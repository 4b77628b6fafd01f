import { createReadStream } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it, onTestFailed } from 'vitest';
import { changeSetRoutes } from '@spt-flow/shared/api/change-sets';
import { pipelineRoutes } from '@spt-flow/shared/api/pipelines';
import { projectRoutes } from '@spt-flow/shared/api/projects';
import { workspaceRoutes } from '@spt-flow/shared/api/workspaces';
import { accessibilityProblems } from './harness/accessibility.ts';
import { createAdmin } from './harness/admin.ts';
import { keepEvidence, openBrowser, picture, visit } from './harness/browser.ts';
import { signIn } from './harness/dashboard.ts';
import { startFresh, type Product } from './harness/product.ts';

const PATIENCE = { timeout: 60_000 };
const PIPELINE = `
greet: { stage: build, script: ["echo hello from $CI_JOB_NAME", "mkdir out && echo made > out/page"], artifacts: { paths: [out] } }
unit: { stage: test, script: ["test -f out/page", "echo the test says no", "exit 4"] }
`;

let browser: Browser;
let product: Product;
let api: Awaited<ReturnType<typeof createAdmin>>['api'];
let desk: Page;
let slug: string;

beforeAll(async () => {
  product = await startFresh();
  browser = await openBrowser();
  ({ api } = await createAdmin(product));
  const { project } = await api.call(projectRoutes.create, { body: { name: 'Checked' } });
  slug = project?.slug ?? '';
  desk = (await visit(browser)).page;
  await signIn(desk, product);
});

afterAll(async () => {
  await browser.close();
  await product.stop();
});

it('somebody runs the checks, reads what failed, and asks the chat to fix it', async () => {
  onTestFailed(() => keepEvidence(desk, 'builds', product.output()));
  const handle = slug;
  await expect
    .poll(
      async () => (await api.call(projectRoutes.status, { params: { handle } })).agentOnline,
      PATIENCE,
    )
    .toBe(true);
  await desk.goto(`${product.origin}/p/${slug}/checks`);
  await desk.getByText('Nothing was checked yet').waitFor();
  await picture(desk, 'builds-empty');
  await api.call(changeSetRoutes.apply, {
    params: { handle },
    body: {
      summary: 'Say how it is built',
      edits: [{ path: '.gitlab-ci.yml', action: 'write', text: PIPELINE }],
    },
  });

  await desk.getByRole('button', { name: 'Run the checks' }).first().click();
  await desk.getByText('“unit” failed', { exact: false }).first().waitFor(PATIENCE);
  await desk.getByText('the test says no').first().waitFor();
  await desk.getByText('What it printed').first().click();
  await desk.getByText('hello from greet').waitFor();
  await picture(desk, 'builds-failed');
  expect(await accessibilityProblems(desk)).toEqual([]);
  const [archive] = await Promise.all([
    desk.waitForEvent('download'),
    desk.getByRole('link', { name: 'Download what “greet” made' }).click(),
  ]);
  expect(archive.suggestedFilename()).toBe(`${slug}-1-greet.tar.gz`);
  const bytes: Buffer[] = await createReadStream(await archive.path()).toArray();
  expect(Buffer.concat(bytes).subarray(0, 2).toString('hex')).toBe('1f8b');

  await desk.setViewportSize({ width: 390, height: 844 });
  await picture(desk, 'builds-failed-phone');
  await desk.getByRole('button', { name: 'Ask the chat to fix it' }).click();
  await expect
    .poll(() => desk.getByRole('textbox').first().inputValue(), PATIENCE)
    .toContain('the test says no');

  const [build] = (await api.call(pipelineRoutes.list, { params: { handle }, query: {} })).items;
  expect(build).toMatchObject({ number: 1, status: 'failed', requestedBy: expect.any(String) });
  // Machines of builds are nobody's, and gone.
  const { items } = await api.call(workspaceRoutes.list, { query: {} });
  expect(items).toHaveLength(1);
}, 180_000);
