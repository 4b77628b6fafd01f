import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest';
import type { ApiClient } from '@spt-flow/shared/api/client';
import { changeSetRoutes } from '@spt-flow/shared/api/change-sets';
import { projectRoutes } from '@spt-flow/shared/api/projects';
import { workspaceRoutes } from '@spt-flow/shared/api/workspaces';
import { findProcesses } from './faults/support/processes.ts';
import { accessibilityProblems } from './harness/accessibility.ts';
import { createAdmin } from './harness/admin.ts';
import { keepEvidence, openBrowser, picture, visit } from './harness/browser.ts';
import { signIn } from './harness/dashboard.ts';
import { startFresh, type Product } from './harness/product.ts';

const PATIENCE = { timeout: 60_000 };

let browser: Browser;
let product: Product;
let api: ApiClient;
let slug: string;
let workspaceId: string;
let desk: Page;
let phone: Page;

beforeAll(async () => {
  product = await startFresh();
  browser = await openBrowser();
  ({ api } = await createAdmin(product));
  const { project } = await api.call(projectRoutes.create, { body: { name: 'Shell' } });
  slug = project?.slug ?? '';
  workspaceId = project?.workspace?.id ?? '';
  const visits = [await visit(browser), await visit(browser, { size: 'phone' })] as const;
  [desk, phone] = [visits[0].page, visits[1].page];
  await visits[0].context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await signIn(desk, product);
  await desk.goto(`${product.origin}/p/${slug}/terminal`);
  await desk.getByRole('region', { name: 'Terminal 1' }).waitFor(PATIENCE);
});

afterAll(async () => {
  await browser.close();
  await product.stop();
});

function watch(name: string): void {
  onTestFailed(async () => {
    await keepEvidence(desk, `terminal-${name}-desk`, product.output());
    await keepEvidence(phone, `terminal-${name}-phone`, product.output());
  });
}

/** The rows as they are drawn. */
async function rowsOf(page: Page): Promise<string[]> {
  const rows = await page.locator('.xterm-rows > div').allTextContents();
  return rows.map((row) => row.replaceAll('\u00a0', ' ').trimEnd());
}

async function shows(page: Page, text: string): Promise<void> {
  await expect.poll(async () => (await rowsOf(page)).join('\n'), PATIENCE).toContain(text);
}

async function type(text: string): Promise<void> {
  await desk.getByRole('region', { name: 'Terminal 1' }).click();
  await desk.keyboard.type(text);
}

async function run(command: string): Promise<void> {
  await type(command);
  await desk.keyboard.press('Enter');
}

/** Pixels that one has to scroll to the side for. */
function overflowOf(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
}

async function agentPid(): Promise<number> {
  const agent = (await findProcesses([workspaceId])).find(
    ({ command }) =>
      command.includes('agent.cjs --config-stdin') && !/bwrap|spt-flow-keeper/.test(command),
  );
  if (!agent) throw new Error('There is no agent');
  return agent.pid;
}

describe('a terminal in the browser', () => {
  it('takes what is pasted, and gives what is selected to the clipboard', async () => {
    watch('clipboard');
    await shows(desk, 'shell:');
    await run('stty -echo; echo ready-$((40+2))');
    await shows(desk, 'ready-42');
    await desk.evaluate(() => navigator.clipboard.writeText('echo pasted-$((1+1))'));

    await desk.keyboard.press('Control+Shift+V');
    await desk.keyboard.press('Enter');
    await shows(desk, 'pasted-2');
    const word = await desk.locator('.xterm-rows').getByText('pasted-2').boundingBox();
    await desk.mouse.dblclick((word?.x ?? 0) + 10, (word?.y ?? 0) + 5);
    await desk.keyboard.press('Control+C');

    const copied = () => desk.evaluate(() => navigator.clipboard.readText());
    await expect.poll(copied, PATIENCE).toMatch(/^pasted/);
    await run('stty echo; clear');
  });

  it('lets no text end the paste that it is in, or the rest would run as if it was typed', async () => {
    watch('paste');
    await run(String.raw`stty -echo; printf '\033[?2004h'; echo ready-$((1+2)); cat -v`);
    await shows(desk, 'ready-3');
    await desk.evaluate(() => navigator.clipboard.writeText('mine\x1b[201~theirs'));

    await desk.keyboard.press('Control+Shift+V');
    await desk.keyboard.press('Enter');

    await shows(desk, '^[[200~mine[201~theirs^[[201~');
    await desk.keyboard.press('Control+C');
    await run('stty echo; clear');
  });

  it('answers a key in the middle of 50 MB', async () => {
    watch('flood');
    await run('yes flood | head -c 50M; echo over-$((40+2))');
    await shows(desk, 'flood\nflood\nflood');

    await desk.keyboard.press('Control+C');
    await run('clear; echo answered-$((1+2))');
    await shows(desk, 'answered-3');
    // Counts to which an engine would go for hours.
    await run(String.raw`printf 'a\033[2147483647M\033[2147483647b'; echo counted-$((1+2))`);

    await shows(desk, 'counted-3');
    expect((await rowsOf(desk)).join('\n')).not.toContain('over-42');
  });

  it('shows the same screen of vim after a reload and after the end of its agent', async () => {
    watch('vim');
    await run('vim -u NONE -N notes.txt');
    await shows(desk, '"notes.txt" [New]');
    await type('iNot saved yet');
    await shows(desk, '-- INSERT --');
    await shows(desk, 'Not saved yet');
    const before = await rowsOf(desk);

    await desk.reload();
    await expect.poll(() => rowsOf(desk), PATIENCE).toEqual(before);
    const agent = await agentPid();
    const again = desk.waitForEvent('websocket', PATIENCE);
    process.kill(agent, 'SIGKILL');
    await again;
    await expect.poll(() => agentPid().catch(() => agent), PATIENCE).not.toBe(agent);

    await desk.getByText('Connection lost').waitFor({ state: 'hidden', ...PATIENCE });
    await expect.poll(() => rowsOf(desk), PATIENCE).toEqual(before);
    const params = { handle: workspaceId };
    const { items } = await api.call(workspaceRoutes.timeline, { params, query: {} });
    expect(items).toHaveLength(1);
  });

  it('is followed on a phone, where nobody can type into it', async () => {
    watch('follow');
    await desk.getByRole('button', { name: 'Share' }).click();
    await desk.getByRole('button', { name: 'Copy the link for others' }).click();
    const link = await desk.evaluate(() => navigator.clipboard.readText());
    await signIn(phone, product);

    await phone.goto(link);
    await shows(phone, 'Not saved yet');
    await phone.getByRole('region', { name: 'Shared terminal' }).click();
    await phone.keyboard.type(' nor ever');
    await type(', but now it is');
    await shows(phone, 'Not saved yet, but now it is');
    await picture(phone, 'terminal');

    await shows(desk, 'Not saved yet, but now it is');
    const rows = await rowsOf(desk);
    expect(rows[0]).toBe('Not saved yet, but now it is');
    await expect.poll(() => rowsOf(phone), PATIENCE).toEqual(rows);
    expect(await overflowOf(phone)).toBeLessThanOrEqual(0);
    for (const page of [desk, phone]) expect(await accessibilityProblems(page)).toEqual([]);
    await desk.keyboard.press('Escape');
    await run(':wq');
    const params = { handle: workspaceId };
    const read = async () =>
      (await api.call(workspaceRoutes.exec, { params, body: { command: 'cat notes.txt' } })).stdout;
    await expect.poll(read, PATIENCE).toBe('Not saved yet, but now it is\n');
  });
});

describe('logs and history', () => {
  it('are read on a desk and on a phone', async () => {
    watch('logs');
    const edits = [{ action: 'write' as const, path: 'a.txt', text: 'a\n' }];
    const params = { handle: workspaceId };
    await api.call(changeSetRoutes.apply, { params, body: { summary: 'Add a file', edits } });

    for (const page of [desk, phone]) {
      await page.goto(`${product.origin}/logs`);
      await page.getByRole('region', { name: 'Found lines' }).waitFor(PATIENCE);
      await picture(page, 'logs');
      expect(await overflowOf(page)).toBeLessThanOrEqual(0);
      expect(await accessibilityProblems(page)).toEqual([]);
      await page.goto(`${product.origin}/p/${slug}/history`);
      await page.getByRole('heading', { name: 'Add a file' }).waitFor(PATIENCE);
      await picture(page, 'history');
      expect(await overflowOf(page)).toBeLessThanOrEqual(0);
      expect(await accessibilityProblems(page)).toEqual([]);
    }
  });
});
