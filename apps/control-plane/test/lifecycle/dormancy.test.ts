import { afterEach, describe, expect, it } from 'vitest';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { Schedule } from '@spt-flow/shared/domain/schedule';
import { useDatabases } from '../support/database.ts';
import { openLifecycleStage, type LifecycleStage } from './lifecycle-stage.ts';

const newDatabase = useDatabases();
let stage: LifecycleStage;
const kept: { workspaceId: string; expiresAt: Date }[] = [];
const disk = { isFull: false };

async function open(): Promise<void> {
  kept.length = 0;
  disk.isFull = false;
  stage = await openLifecycleStage((await newDatabase()).db, {
    dormancy: {
      ...{ dormantDays: 30, deleteDays: 14 },
      async keepLast(workspaceId, expiresAt) {
        if (disk.isFull) throw new AppError('disk_full');
        kept.push({ workspaceId, expiresAt });
      },
    },
  });
}
afterEach(() => stage.close());

function stopped(): Promise<string> {
  const change = { desiredState: 'stopped', actualState: 'stopped' } as const;
  return stage.running({ ...change, createdAt: stage.now() });
}

function texts(): string[] {
  return stage.logged.map(({ text }) => text);
}
const OFFICE: Schedule = {
  ...{ timeZone: 'UTC', weekdays: [1, 2, 3, 4, 5, 6, 7] },
  ...{ start: '13:30', stop: null, holidays: [] },
};

describe('a workspace that nobody uses', () => {
  it('becomes dormant, is warned of its deletion, and is deleted with a last snapshot', async () => {
    await open();
    const id = await stopped();
    const view = async () => (await stage.workspaces.get(stage.tenant.principal, id)).dormancy;

    await stage.passDays(29);
    expect(await view()).toBeNull();
    await stage.passDays(1);
    const since = stage.now();
    expect(await view()).toEqual({ since: since.toISOString(), deletesAt: null });
    expect(texts()).toEqual([expect.stringMatching(/^Nobody used it for 30 days: it is dormant/)]);
    await stage.passDays(11);
    const deletesAt = new Date(since.getTime() + 14 * 86_400_000);
    expect(await view()).toEqual({
      ...{ since: since.toISOString(), deletesAt: deletesAt.toISOString() },
    });
    expect(texts().at(-1)).toMatch(/^It is deleted on 2027-01-08 at 14:00 UTC\. .*spt-flow start/);
    await stage.passDays(2);
    expect((await stage.row(id)).desiredState).toBe('stopped');

    await stage.passDays(1);
    await stage.settled(id);

    expect((await stage.row(id)).actualState).toBe('deleted');
    expect(kept).toEqual([
      { workspaceId: id, expiresAt: new Date(stage.now().getTime() + 30 * 86_400_000) },
    ]);
    expect((await stage.audited(id)).at(-1)).toMatchObject({
      ...{ principal: 'system', action: 'workspace.delete' },
      detail: { reason: 'Nobody started it for 14 days since it became dormant' },
    });
    expect(stage.errors).toEqual([]);
  });

  it('is not deleted as long as its last snapshot can not be made', async () => {
    await open();
    const id = await stopped();
    disk.isFull = true;

    await stage.passDays(60);
    expect((await stage.row(id)).desiredState).toBe('stopped');
    expect(stage.errors.at(-1)).toMatchObject({ code: 'disk_full' });
    disk.isFull = false;
    await stage.passDays(1);
    await stage.settled(id);

    expect((await stage.row(id)).actualState).toBe('deleted');
    expect(kept).toHaveLength(1);
  });

  it('is not started by its schedule once it is dormant, and wakes when somebody starts it', async () => {
    await open();
    const id = await stopped();
    await stage.passDays(30);
    const call = { principal: stage.tenant.principal, handle: id, correlationId: 'test' };
    await stage.lifecycle.service.update(call, { schedule: OFFICE });

    await stage.passDays(2);
    expect((await stage.row(id)).desiredState).toBe('stopped');
    await stage.runs(id);
    await stage.passDays(1);

    expect(await stage.stored(id)).toMatchObject({ dormantSince: null, wokenAt: stage.now() });
    expect(texts().at(-1)).toBe('It is not dormant any more: It was started');
  });

  it('that runs because it never stops by itself is stopped first', async () => {
    await open();
    const id = await stage.running({ createdAt: stage.now() });
    const call = { principal: stage.tenant.principal, handle: id, correlationId: 'test' };
    await stage.lifecycle.service.update(call, { idleMinutes: 0 });

    await stage.passDays(29);
    expect((await stage.row(id)).desiredState).toBe('running');
    await stage.passDays(1);
    await stage.settled(id);

    expect(await stage.stopReason(id)).toBe('Nobody used it for 30 days');
    await stage.passDays(1);
    expect((await stage.stored(id))?.dormantSince).toEqual(stage.now());
  });

  it('lives as the version of its template says, whatever is configured', async () => {
    await open();
    const made = await stage.template({ idleMinutes: 60, dormantDays: 0 });
    const sleeper = { desiredState: 'stopped', actualState: 'stopped', ...made } as const;
    const [runs, sleeps] = [await stage.running(made), await stage.running(sleeper)];
    const idle = async () =>
      (await stage.lifecycle.service.get(stage.tenant.principal, runs)).idleMinutes;

    expect(await idle()).toBe(60);
    const call = { principal: stage.tenant.principal, handle: runs, correlationId: 'test' };
    await stage.lifecycle.service.update(call, { idleMinutes: 5 });
    expect(await idle()).toBe(5);
    await stage.passDays(40);

    expect((await stage.stored(sleeps))?.dormantSince ?? null).toBeNull();
  });

  it('lives as its organization says, where its template says nothing', async () => {
    await open();
    const { policies } = stage.lifecycle;
    const { principal } = stage.tenant;
    const made = await stage.template({ idleMinutes: 60 });
    const [plain, templated] = [await stage.running(), await stage.running(made)];
    const idle = async (id: string) =>
      (await stage.lifecycle.service.get(principal, id)).idleMinutes;

    const set = await policies.set(principal, { idleMinutes: 5, dormantDays: 0 }, 'test');
    expect(set).toEqual({
      own: { idleMinutes: 5, dormantDays: 0 },
      effective: { idleMinutes: 5, dormantDays: 0, deleteDays: 14 },
    });
    expect([await idle(plain), await idle(templated)]).toEqual([5, 60]);
    const sleeper = await stopped();
    await stage.passDays(40);
    expect((await stage.stored(sleeper))?.dormantSince ?? null).toBeNull();

    await policies.set(principal, { dormantDays: null }, 'test');
    expect(await policies.get(principal.organizationId)).toEqual({
      own: { idleMinutes: 5 },
      effective: { idleMinutes: 5, dormantDays: 30, deleteDays: 14 },
    });
    await stage.passDays(1);
    expect((await stage.stored(sleeper))?.dormantSince).toEqual(stage.now());
    expect((await stage.audited(principal.organizationId)).map(({ detail }) => detail)).toEqual([
      { idleMinutes: 5, dormantDays: 0 },
      { idleMinutes: 5 },
    ]);
  });
});
