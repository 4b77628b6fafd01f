import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import * as z from 'zod';
import { accessibilityProblems } from './harness/accessibility.ts';
import { createAdmin } from './harness/admin.ts';
import { openBrowser, picture, visit } from './harness/browser.ts';
import { createCli } from './harness/cli.ts';
import { signIn } from './harness/dashboard.ts';
import { createDataDirectory, startProduct, type Product } from './harness/product.ts';

const AGENT = [process.execPath, path.resolve('apps/agent/dist/agent.cjs')] as const;
const ListSchema = z.array(
  z.object({ name: z.string(), agent: z.object({ online: z.boolean() }) }),
);
const InvitedSchema = z.object({ invitation: z.object({ code: z.string() }) });
const DoctorSchema = z.object({
  steps: z.array(z.object({ step: z.string(), result: z.string() })),
});

let product: Product;
let data: Awaited<ReturnType<typeof createDataDirectory>>;
let cli: Awaited<ReturnType<typeof createCli>>;
let browser: Browser;
let home: string;
const agents: ChildProcess[] = [];

beforeAll(async () => {
  data = await createDataDirectory();
  home = await mkdtemp(path.join(os.tmpdir(), 'spt-flow-machine-'));
  product = await startProduct({ dataDirectory: data.path });
  const admin = await createAdmin(product);
  cli = await createCli(product.origin);
  await cli.run(['login', '--with-token'], `${admin.token}\n`);
  browser = await openBrowser();
});
afterAll(async () => {
  for (const agent of agents) agent.kill();
  await browser.close();
  await cli.remove();
  await product.stop();
  await data.remove();
  await rm(home, { recursive: true, force: true });
});

/** Each machine is a home folder of its own. */
function agent(machine: string, args: readonly string[]): ChildProcess {
  const [node, bundle] = AGENT;
  const child = spawn(node, [bundle, ...args], {
    env: { PATH: process.env['PATH'], HOME: path.join(home, machine) },
  });
  agents.push(child);
  return child;
}

function settingsOf(machine: string): string {
  return path.join(home, machine, '.local/state/spt-flow-agent/settings.json');
}

/** What was printed tells how to run it; here its parts are known. */
function run(machine: string): ChildProcess {
  return agent(machine, ['run', '--config-file', settingsOf(machine)]);
}

async function resultOf(child: ChildProcess) {
  const [stdout, stderr] = await Promise.all([
    child.stdout ? text(child.stdout) : '',
    child.stderr ? text(child.stderr) : '',
    child.exitCode ?? once(child, 'close'),
  ]);
  return { exitCode: child.exitCode, stdout, stderr };
}

async function untilOnline(name: string): Promise<void> {
  await expect
    .poll(
      async () => {
        const { stdout } = await cli.run(['server', 'list', '--output', 'json']);
        return ListSchema.parse(JSON.parse(stdout)).find((server) => server.name === name);
      },
      { timeout: 60_000 },
    )
    .toMatchObject({ agent: { online: true } });
}

it('a machine joins by a one-time code, works, is examined, and is let go', async () => {
  const invited = await cli.run(['server', 'join', 'box', '--output', 'json']);
  const { code } = InvitedSchema.parse(JSON.parse(invited.stdout)).invitation;
  const joining = agent('box', ['join', '--no-service']);
  joining.stdin?.end(code);
  const joined = await resultOf(joining);
  expect(joined, joined.stderr).toMatchObject({ exitCode: 0 });
  expect(joined.stdout).toContain(`run --config-file ${settingsOf('box')}`);

  const running = run('box');
  await untilOnline('box');
  const where = await cli.run(['ssh', 'box', '--', 'pwd']);
  expect(where, where.stderr).toMatchObject({ stdout: `${path.join(home, 'box/spt-flow')}\n` });

  const doctor = await resultOf(
    agent('box', ['doctor', '--config-file', settingsOf('box'), '--output', 'json']),
  );
  const { steps } = DoctorSchema.parse(JSON.parse(doctor.stdout));
  const failed = steps.filter(({ result }) => result === 'failed').map(({ step }) => step);
  expect(failed.filter((step) => step !== 'sshd')).toEqual([]);

  expect(await cli.run(['delete', 'box', '--yes'])).toMatchObject({ exitCode: 0 });
  if (running.exitCode === null) await once(running, 'exit');
});

it('a machine asks, and a person compares the keys and approves in the dashboard', async () => {
  const asking = agent('asker', [
    ...['join', '--no-service', '--url', product.origin],
    `--server-key=${await serverKey()}`,
  ]);
  asking.stdin?.end();
  const shown = await untilCode(asking);
  const { page, context, problems } = await visit(browser, { size: 'phone' });
  await signIn(page, product);

  await page.goto(shown.url);
  await page.getByText(shown.key).waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await picture(page, 'server-join');
  await page.getByLabel('Name of the server').fill('asker');
  await page.getByRole('button', { name: 'Approve' }).click();
  await page.getByRole('heading', { name: 'Approved' }).waitFor();

  if (asking.exitCode === null) await once(asking, 'exit');
  expect(asking.exitCode).toBe(0);
  run('asker');
  await untilOnline('asker');
  await checkList(page);
  expect(problems).toEqual([]);
  await context.close();
});

async function checkList(page: Page): Promise<void> {
  await page.goto(`${product.origin}/servers`);
  const row = page.getByRole('row').filter({ hasText: 'asker' });
  await row.getByText('now', { exact: true }).waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await picture(page, 'servers');
}

/** As the operator reads it on the control plane's machine. */
async function serverKey(): Promise<string> {
  const { stdout } = await resultOf(
    agent('asker', ['doctor', '--url', product.origin, '--output', 'json']),
  );
  return /the control plane's key is ([\w-]{43})/.exec(stdout)?.[1] ?? '';
}

async function untilCode(child: ChildProcess): Promise<{ url: string; key: string }> {
  if (!child.stderr) throw new Error('The output of the agent is not read');
  let told = '';
  for await (const line of createInterface({ input: child.stderr })) {
    told += `${line}\n`;
    const url = /^Open +(\S+)$/m.exec(told)?.[1];
    const key = /its key +(\S+)$/m.exec(told)?.[1];
    if (url && key) return { url, key };
  }
  throw new Error(`The agent shows no code:\n${told}`);
}
