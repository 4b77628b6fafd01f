import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { workspaceRoutes } from '@spt-flow/shared/api/workspaces';
import { apply, changeSetsOf, startApp, write } from './support/apps.ts';
import { findProcesses } from './support/processes.ts';
import { request } from './support/raw-request.ts';
import {
  createProject,
  runInWorkspace,
  say,
  startRunning,
  untilAnswered,
  type Running,
  type RunningProject,
} from './support/running-product.ts';
import { openSocket } from './support/sockets.ts';

const MEBIBYTE = 1024 * 1024;
/** Far below what was printed: only flow control keeps it. */
const MAX_GROWTH_BYTES = 60 * MEBIBYTE;

let running: Running;
let shop: RunningProject;

beforeAll(async () => {
  running = await startRunning();
  shop = await createProject(running, { name: 'Shop' });
  await startApp(running, shop.workspaceId);
});

afterAll(() => running.close());

function readFileOf(file: string) {
  return running.api.call(workspaceRoutes.file, {
    params: { handle: shop.workspaceId },
    query: { path: file },
  });
}

describe('paths that lead out of the project', () => {
  const outside = [
    '../outside.txt',
    '/etc/passwd',
    'a/../../outside.txt',
    './outside.txt',
    'a//b',
    'a\\..\\b',
    'zero\0.txt',
    '',
  ];

  it.each(outside)('"%s" is refused for reading and for writing', async (file) => {
    const expected = { code: expect.stringMatching(/^(validation_failed|path_not_permitted)$/) };
    await expect(readFileOf(file)).rejects.toMatchObject(expected);
    const change = { summary: 'Out', edits: [write(file, 'out')] };
    await expect(apply(running, shop.workspaceId, change)).rejects.toMatchObject(expected);
  });

  it.each(['.git/config', '.git/hooks/pre-commit', '.GIT/config'])(
    '"%s" is not written',
    async (file) => {
      const result = await apply(running, shop.workspaceId, {
        summary: 'Into git',
        edits: [write(file, 'out')],
      }).catch((error: unknown) => error);

      if (!(result instanceof Error)) expect(result).toMatchObject({ outcome: 'rejected' });
      else expect(result).toMatchObject({ code: 'path_not_permitted' });
    },
  );

  it('links that point out of the project are followed neither for reading nor for writing', async () => {
    await runInWorkspace(
      running,
      shop.workspaceId,
      'ln -s /etc/passwd link.txt; ln -s /tmp linked; ln -s ~ home; echo before > /tmp/target.txt; ln -s /tmp/target.txt over.txt',
    );
    for (const file of ['link.txt', 'linked/target.txt', 'over.txt']) {
      await expect(readFileOf(file), file).rejects.toMatchObject({
        code: expect.stringMatching(/^(path_not_permitted|not_found)$/),
      });
    }
    const before = await changeSetsOf(running, shop.workspaceId);
    for (const file of ['linked/new.txt', 'home/.bashrc', 'linked/target.txt', 'over.txt']) {
      const change = { summary: 'Through a link', edits: [write(file, 'out')] };
      await apply(running, shop.workspaceId, change).catch(() => undefined);
    }
    const { stdout } = await runInWorkspace(
      running,
      shop.workspaceId,
      'cat /tmp/target.txt; ls /tmp/new.txt; grep -c out ~/.bashrc',
    );
    expect(stdout.split('\n')[0]).toBe('before');
    expect(stdout).not.toContain('new.txt');
    const made = (await changeSetsOf(running, shop.workspaceId)).slice(0, -before.length);
    expect(
      made.filter(({ outcome, files }) => outcome === 'committed' && files[0]?.path !== 'over.txt'),
    ).toEqual([]);
    await runInWorkspace(running, shop.workspaceId, 'rm -f link.txt linked home over.txt');
  });
});

describe('a terminal that prints 100 MB', () => {
  it('is shown whole, with little memory, while others are answered', async () => {
    const [agent] = (await findProcesses([shop.workspaceId])).filter(
      ({ command }) =>
        command.includes('agent.cjs --config-stdin') && !/bwrap|spt-flow-keeper/.test(command),
    );
    const pids = [running.product.pid, agent?.pid ?? 0];
    const before = await Promise.all(pids.map(rssOf));
    const command = encodeURIComponent('stty raw; head -c 104857600 /dev/zero; echo end');
    const socket = await openSocket(
      `${running.product.origin}/api/v1/workspaces/${shop.workspaceId}/terminal?command=${command}`,
      { headers: { authorization: `Bearer ${running.token}` } },
    );
    if (typeof socket === 'number') throw new Error(`Refused with ${socket}`);
    const printed = count(socket);
    const closed = once(socket, 'close');
    const over = new AbortController();
    void closed.then(() => over.abort());
    const peaks = [...before];
    while (!over.signal.aborted) {
      const answer = await request(running.product.origin, {
        method: 'GET',
        path: '/api/v1/projects',
        token: running.token,
      });
      expect(answer.status).toBe(200);
      const now = await Promise.all(pids.map(rssOf));
      now.forEach((bytes, index) => (peaks[index] = Math.max(peaks[index] ?? 0, bytes)));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }

    expect(printed().exit).toEqual({ type: 'exit', exitCode: 0 });
    expect(printed().bytes).toBeGreaterThanOrEqual(100 * MEBIBYTE + 'end'.length);
    const growth = peaks.map((peak, index) => peak - (before[index] ?? 0));
    expect(Math.max(...growth)).toBeLessThan(MAX_GROWTH_BYTES);
  });
});

describe('a workspace with 10,000 files', () => {
  it('is listed and can be changed by chat', async () => {
    await runInWorkspace(
      running,
      shop.workspaceId,
      'mkdir many && cd many && seq 1 10000 | while read n; do : > "file-$n.txt"; done',
    );

    const { items, truncated } = await running.api.call(workspaceRoutes.files, {
      params: { handle: shop.workspaceId },
      query: {},
    });
    expect(items.length).toBeGreaterThanOrEqual(9_000);
    expect(items.length === 10_000 || !truncated).toBe(true);
    const sent = await say(running, shop.project.id, 'a guestbook for my café');
    const reply = await untilAnswered(running, shop.project.id, sent);
    expect(reply, reply.content).toMatchObject({ state: 'done' });
  });
});

async function rssOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
}

function count(socket: WebSocket) {
  let bytes = 0;
  let exit: unknown;
  socket.on('message', (data: Buffer, isBinary) => {
    if (isBinary) bytes += data.length;
    else exit = JSON.parse(data.toString());
  });
  return () => ({ bytes, exit });
}
