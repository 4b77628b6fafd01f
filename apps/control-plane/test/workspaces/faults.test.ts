import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { findMarked } from '../../src/features/providers/local/leftovers.ts';
import { useLifecycle } from './lifecycle.ts';
import { listenSilently } from './listeners.ts';
import { portOf } from '../support/ports.ts';

const context = useLifecycle();
const { processOf, exec, kill, restart, running } = context;

async function untilAnother(workspaceId: string, before: number): Promise<void> {
  await vi.waitFor(async () => expect(await processOf(workspaceId, 'agent')).not.toBe(before), {
    timeout: 20_000,
  });
}

describe('faults', () => {
  it('a killed agent is started again in its place, and the workspace with it when its keeper is killed', async () => {
    const id = await running();
    await exec(id, 'echo mine > mine.txt; echo here > /tmp/here.txt');
    const before = await processOf(id, 'agent');

    process.kill(before, 'SIGKILL');

    await untilAnother(id, before);
    const seen = async () => (await exec(id, 'cat mine.txt /tmp/here.txt')).stdout;
    await vi.waitFor(async () => expect(await seen()).toBe('mine\nhere\n'), { timeout: 20_000 });
    expect(await context.server.transitions(id)).toHaveLength(1);

    const again = await processOf(id, 'agent');
    process.kill(await processOf(id, 'keeper'), 'SIGKILL');

    await untilAnother(id, again);
    await context.server.workspaces.service.ensureReady(id, { correlationId: 'test' });
    expect(await seen()).toBe('mine\n');
    const [, second] = await context.server.transitions(id);
    expect(second).toMatchObject({
      kind: 'start',
      reason: expect.stringMatching(/^The agent (was ended by SIGKILL|ended with exit code)/),
    });
  });

  it('an agent that can never start is given up after a few attempts', async () => {
    await context.server.close();
    await restart({ firstRetryMs: 1 });
    const id = await running();
    await context.server.workspaces.service.stop(context.tenant.principal, id, 'test');
    await context.server.untilState(id, 'stopped');
    await rm(path.join(context.dataDirectory, 'workspaces', id, 'state'), { recursive: true });
    await writeFile(path.join(context.dataDirectory, 'workspaces', id, 'state'), 'not a directory');

    await expect(
      context.server.workspaces.service.ensureReady(id, { correlationId: 'x' }),
    ).rejects.toThrow();

    const attempts = (await context.server.transitions(id)).filter(
      ({ kind, state }) => kind === 'start' && state === 'failed',
    );
    expect(attempts.length).toBeGreaterThan(2);
    expect(attempts.length).toBeLessThan(8);
    expect(attempts.at(-1)?.reason).toContain(`(attempt ${attempts.length})`);
  });

  it('a killed control plane: its left-overs are ended, open transitions closed, and what should run runs again', async () => {
    const idle = await running();
    await exec(idle, 'echo mine > mine.txt; setsid sleep 1000 >/dev/null 2>&1 &');
    const silent = await listenSilently();
    const cloning = await context.server.create(context.tenant, {
      repositoryUrl: `git://127.0.0.1:${await portOf(silent)}/x.git`,
    });
    await vi.waitFor(
      async () =>
        expect((await context.server.transitions(cloning))[0]?.steps.at(-1)?.name).toBe(
          'Clone the repository',
        ),
      { timeout: 10_000 },
    );
    const before = await findMarked({ SPT_FLOW_INSTALLATION_ID: context.installationId });

    await kill();
    await restart();

    const [first] = await context.server.transitions(cloning);
    expect(first).toMatchObject({ state: 'failed', failure: 'The control plane restarted' });
    await context.server.untilState(idle, 'running');
    const after = await findMarked({ SPT_FLOW_INSTALLATION_ID: context.installationId });
    expect(after.filter((pid) => before.includes(pid))).toEqual([]);
    expect((await exec(idle, 'cat mine.txt')).stdout).toBe('mine\n');
    silent.close();
  });

  it('a stopped workspace stays stopped over a restart of the control plane; one that ran runs again', async () => {
    const [stopped, ran] = [await running(), await running()];
    await context.server.workspaces.service.stop(context.tenant.principal, stopped, 'test');
    await context.server.untilState(stopped, 'stopped');
    await context.server.close();
    expect(await findMarked({ SPT_FLOW_INSTALLATION_ID: context.installationId })).toEqual([]);

    await restart();
    await context.server.untilState(ran, 'running');

    expect((await context.server.row(stopped)).actualState).toBe('stopped');
    expect((await context.server.transitions(ran)).at(-1)).toMatchObject({
      kind: 'start',
      reason: 'The control plane restarted',
    });
  });

  it('copies of which not all files arrived do not start as if they had none', async () => {
    const { service, copies } = context.server.workspaces;
    const { principal } = context.tenant;
    const id = await context.server.create(context.tenant, { isFilled: true });

    await service.start(principal, id, 'test');
    await context.server.untilState(id, 'failed');
    expect((await context.server.row(id)).failure).toMatch('did not arrive completely');

    await copies.fill(await context.server.row(id), nothing());
    await service.start(principal, id, 'test');
    await context.server.untilState(id, 'running');
  });

  it('an agent that stays away is replaced', async () => {
    await context.server.close();
    await restart({ absenceMs: 50 });
    const id = await running();
    const before = await processOf(id, 'agent');
    process.kill(before, 'SIGSTOP');

    context.server.agentsServer.agents.hub.disconnect(id, 'network lost');

    await untilAnother(id, before);
    await context.server.untilState(id, 'running');
  });
});

async function* nothing(): AsyncGenerator<never> {}
