import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { useDatabases } from '../support/database.ts';
import { openLifecycleStage, type LifecycleStage } from './lifecycle-stage.ts';

const GIB = 1024 ** 3;
const newDatabase = useDatabases();
const used = new Map<string, number>();
let stage: LifecycleStage;

afterEach(async () => {
  used.clear();
  await stage.close();
});

async function open(): Promise<string> {
  stage = await openLifecycleStage((await newDatabase()).db, { diskUse: used });
  return stage.running();
}

/** It is measured after a sweep: the next one acts on it. */
async function measured(id: string, bytes: number): Promise<void> {
  used.set(id, bytes);
  await stage.pass(1);
  expect((await stage.stored(id))?.diskBytes).toBe(bytes);
}

function texts(): string[] {
  return stage.logged.map(({ text }) => text);
}

async function warnings(id: string): Promise<string> {
  return (await stage.workspaces.get(stage.tenant.principal, id)).warnings.join();
}

describe('a workspace beyond the disk limit of its size', () => {
  it('is told of it once, and that it is over', async () => {
    const id = await open();
    used.set(randomUUID(), 100 * GIB);

    await measured(id, 5 * GIB);
    expect(await warnings(id)).toBe('');
    await measured(id, 5.5 * GIB);
    await measured(id, 5.75 * GIB);
    expect(await warnings(id)).toMatch(/^It takes 5\.8 GiB of disk: its size permits 5 GiB/);
    await measured(id, 3 * GIB);

    expect(await warnings(id)).toBe('');
    expect(texts()).toHaveLength(2);
    expect(texts()[0]).toMatch(/^It takes 5\.5 GiB of disk: .*Remove files, or choose/);
    expect(texts()[1]).toBe('Its disk is within its limit again');
    expect((await stage.row(id)).desiredState).toBe('running');
    expect(stage.errors).toEqual([]);
  });

  it('is stopped with the reason, kept alive or not, and the stop is audited', async () => {
    const id = await open();
    const call = { principal: stage.tenant.principal, handle: id, correlationId: 'test' };
    await stage.lifecycle.service.keepAlive(call, 600);
    await measured(id, 7 * GIB);
    await stage.pass(1);
    expect((await stage.lifecycle.service.get(stage.tenant.principal, id)).verdict).toMatchObject({
      ...{ action: 'warn', rule: 'disk' },
      stopsAt: new Date(stage.now().getTime() + 10 * 60_000).toISOString(),
    });
    expect(texts().at(-1)).toMatch(
      /^It stops at 14:12 UTC\. It takes 7 GiB of disk: .* larger size$/,
    );

    await stage.pass(10);
    await stage.settled(id);

    expect((await stage.row(id)).actualState).toBe('stopped');
    expect(await stage.stopReason(id)).toMatch(/^It takes 7 GiB of disk/);
    expect((await stage.audited(id)).at(-1)).toMatchObject({
      ...{ principal: 'system', action: 'workspace.stop' },
      detail: { reason: expect.stringContaining('7 GiB of disk') },
    });
  });
});
