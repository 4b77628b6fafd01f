import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { useDatabases } from '../support/database.ts';
import { openLifecycleStage, type LifecycleStage } from './lifecycle-stage.ts';

const newDatabase = useDatabases();
let stage: LifecycleStage;

beforeEach(async () => {
  const { db } = await newDatabase();
  stage = await openLifecycleStage(db, { maxRunningPerUser: 1 });
});
afterEach(async () => {
  await stage.close();
  expect(stage.errors).toEqual([]);
});

async function asleep(): Promise<string> {
  const id = await stage.running();
  await stage.pass(31);
  await stage.settled(id);
  expect(await stage.row(id)).toMatchObject({ desiredState: 'stopped' });
  return id;
}

function call(id: string) {
  return [stage.tenant.principal, id, 'test'] as const;
}

describe('a workspace that stopped because nobody used it', () => {
  it('is started by a visit, as the system, with the reason', async () => {
    const id = await asleep();

    expect(await stage.lifecycle.wake(id)).toBe(true);

    expect(await stage.row(id)).toMatchObject({ desiredState: 'running' });
    expect(await stage.audited(id)).toContainEqual(
      expect.objectContaining({
        ...{ action: 'workspace.start', principal: 'system' },
        detail: { reason: 'Somebody opened its app' },
      }),
    );
    await stage.settled(id);
  });

  it('stays stopped where its owner may run no more, without an error', async () => {
    const id = await asleep();
    await stage.running();

    expect(await stage.lifecycle.wake(id)).toBe(false);
    expect(await stage.row(id)).toMatchObject({ desiredState: 'stopped' });
  });

  it('stays stopped once a person started and stopped it', async () => {
    const id = await asleep();
    await stage.workspaces.start(...call(id));
    await stage.settled(id);
    await stage.workspaces.stop(...call(id));
    await stage.settled(id);

    expect(await stage.lifecycle.wake(id)).toBe(false);
  });
});

describe('another workspace', () => {
  it('that a person stopped stays stopped', async () => {
    const id = await stage.running();
    await stage.workspaces.stop(...call(id));
    await stage.settled(id);

    expect(await stage.lifecycle.wake(id)).toBe(false);
    expect(await stage.row(id)).toMatchObject({ desiredState: 'stopped' });
  });

  it('that runs, or is not there, is left alone', async () => {
    expect(await stage.lifecycle.wake(await stage.running())).toBe(false);
    expect(await stage.lifecycle.wake('00000000-0000-4000-8000-000000000000')).toBe(false);
  });
});
