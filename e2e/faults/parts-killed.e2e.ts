import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { workspaceRoutes } from '@spt-flow/shared/api/workspaces';
import { preview, startApp, untilAnswers } from './support/apps.ts';
import { findProcesses, untilGone, type FoundProcess } from './support/processes.ts';
import {
  createProject,
  runInWorkspace,
  startRunning,
  untilRunning,
  type Running,
  type RunningProject,
} from './support/running-product.ts';
import { until } from './support/until.ts';

let running: Running;
let shop: RunningProject;

beforeAll(async () => {
  running = await startRunning();
  shop = await createProject(running, { name: 'Shop' });
  await startApp(running, shop.workspaceId);
  await restartWorkspace();
});

afterAll(async () => {
  await running.close();
  await untilGone([running.data, shop.workspaceId]);
});

/** A crash soon after a change undoes the change; after a new start it is only a crash. */
async function restartWorkspace(): Promise<void> {
  const target = { params: { handle: shop.workspaceId } };
  await running.api.call(workspaceRoutes.stop, target);
  await until('the workspace is stopped', async () => {
    const { actualState } = await running.api.call(workspaceRoutes.get, target);
    return actualState === 'stopped';
  });
  await running.api.call(workspaceRoutes.start, target);
  await untilRunning(running, shop.workspaceId);
  await untilAnswers(running, shop.project.previewUrl, 'hello');
}

async function processOf(words: string): Promise<FoundProcess> {
  const found = (await findProcesses([running.data, shop.workspaceId])).find(
    ({ command }) => command.includes(words) && !/bwrap|spt-flow-keeper/.test(command),
  );
  if (!found) throw new Error(`No process "${words}"`);
  return found;
}

async function untilReplaced(words: string, old: FoundProcess): Promise<void> {
  await until(`another "${words}"`, async () => {
    const now = await processOf(words).catch(() => undefined);
    return now !== undefined && now.pid !== old.pid;
  });
}

describe('a part is killed', () => {
  it('the app: it is started again', async () => {
    const app = await processOf('node server.js');

    process.kill(app.pid, 'SIGKILL');

    await untilReplaced('node server.js', app);
    await untilAnswers(running, shop.project.previewUrl, 'hello');
  });

  it('the agent: it is started again with its app, and nothing of the old one is left', async () => {
    const agent = await processOf('agent.cjs');
    const app = await processOf('node server.js');
    await runInWorkspace(running, shop.workspaceId, 'echo kept > data.txt');

    process.kill(agent.pid, 'SIGKILL');

    await untilReplaced('agent.cjs', agent);
    await untilReplaced('node server.js', app);
    await untilRunning(running, shop.workspaceId);
    await untilAnswers(running, shop.project.previewUrl, 'hello');
    const left = await findProcesses([running.data, shop.workspaceId]);
    expect(left.map(({ pid }) => pid)).not.toContain(app.pid);
    expect(left.filter(({ command }) => command.startsWith('node server.js'))).toHaveLength(1);
    const { stdout } = await runInWorkspace(running, shop.workspaceId, 'cat data.txt');
    expect(stdout).toBe('kept\n');
  });

  it('the agent, again and again: requests meanwhile are answered with what is wrong', async () => {
    for (let round = 0; round < 3; round += 1) {
      const agent = await until('an agent', () => processOf('agent.cjs').catch(() => undefined));
      process.kill(agent.pid, 'SIGKILL');
      const answer = await runInWorkspace(running, shop.workspaceId, 'true').catch(
        (error: unknown) => error,
      );
      const isKnown = { code: expect.stringMatching(/^(agent_offline|agent_timeout|workspace_)/) };
      if (answer instanceof Error) expect(answer).toMatchObject(isKnown);
    }

    // Between attempts to start it, the workspace says that it failed.
    await until('the workspace runs again', async () => {
      const params = { handle: shop.workspaceId };
      const { actualState, agent } = await running.api.call(workspaceRoutes.get, { params });
      return actualState === 'running' && agent.online;
    });
    await untilAnswers(running, shop.project.previewUrl, 'hello');
  });

  it('the database: the control plane ends with one line, and the next start has every row', async () => {
    const before = await running.api.call(workspaceRoutes.list, { query: {} });
    const words = running.product.output().split('\n').length;
    const database = await processOf('bin/postgres -D');
    const ended = running.product.ended();

    process.kill(database.pid, 'SIGKILL');

    expect(await ended).toBe(1);
    const told = running.product
      .output()
      .split('\n')
      .slice(words)
      .filter((line) => line !== '' && !line.startsWith('{'));
    expect(told).toEqual([expect.stringMatching(/database ended.*start spt-flow again$/)]);
    await untilGone([running.data, shop.workspaceId]);
    await running.restart();
    await untilRunning(running, shop.workspaceId);
    const after = await running.api.call(workspaceRoutes.list, { query: {} });
    expect(after.items.map(({ id }) => id)).toEqual(before.items.map(({ id }) => id));
    await untilAnswers(running, shop.project.previewUrl, 'hello');
    expect((await preview(running, shop.project.previewUrl)).text).toBe('hello');
  });
});
