import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LifecycleSchema } from '@spt-flow/shared/api/lifecycle';
import type { Schedule } from '@spt-flow/shared/domain/schedule';
import { useDatabases, type TestDatabase } from '../support/database.ts';
import { seedTenant } from '../workspaces/seed.ts';
import { openLifecycleStage, type LifecycleStage } from './lifecycle-stage.ts';

const newDatabase = useDatabases();
let db: TestDatabase['db'];
let stage: LifecycleStage;

beforeEach(async () => {
  ({ db } = await newDatabase());
  stage = await openLifecycleStage(db);
});
afterEach(async () => {
  await stage.close();
  expect(stage.errors).toEqual([]);
});

function call(handle: string, as = stage.tenant) {
  return { principal: as.principal, handle, correlationId: 'test' };
}

describe('an idle workspace', () => {
  it('is warned ten minutes before, then stopped with what was looked at', async () => {
    const id = await stage.running();

    await stage.pass(19);
    expect((await stage.stored(id))?.stopsAt ?? null).toBeNull();
    await stage.pass(1);
    expect(stage.logged).toEqual([
      {
        workspaceId: id,
        text: expect.stringMatching(
          /^It stops at 14:30 UTC\. Nobody used it for 20 minutes .*spt-flow keep-alive workspace-/,
        ),
      },
    ]);
    await stage.pass(9);
    expect((await stage.row(id)).desiredState).toBe('running');
    await stage.pass(1);
    await stage.settled(id);

    expect(await stage.row(id)).toMatchObject({ desiredState: 'stopped', actualState: 'stopped' });
    expect(await stage.stopReason(id)).toBe(
      'Nobody used it for 30 minutes (never: terminal, SSH, commands and changes, port traffic, chat, AI agent, processor)',
    );
    expect(stage.logged).toHaveLength(2);
    expect(await stage.audited(id)).toMatchObject([
      { principal: 'system', action: 'workspace.stop' },
    ]);
    expect(await stage.lifecycle.service.get(stage.tenant.principal, id)).toMatchObject({
      runningSince: null,
      verdict: { action: 'off' },
      lastStop: { reason: expect.stringContaining('Nobody used it') },
    });
  });

  it('goes on while it is used, and the warning is taken back', async () => {
    const id = await stage.running();
    await stage.pass(25);
    expect((await stage.stored(id))?.stopsAt).toEqual(new Date('2026-11-25T14:30:00Z'));

    stage.lifecycle.report(id, 'ports');
    await stage.pass(1);
    expect(await stage.stored(id)).toMatchObject({ stopsAt: null, stopReason: null });
    await stage.pass(28);

    expect((await stage.row(id)).desiredState).toBe('running');
    const told = await stage.lifecycle.service.get(stage.tenant.principal, id);
    expect(LifecycleSchema.parse(told)).toMatchObject({
      idleMinutes: 30,
      isDefaultIdle: true,
      verdict: { action: 'warn', rule: 'idle', stopsAt: '2026-11-25T14:55:00.000Z' },
    });
    expect(told.activity.filter(({ lastAt }) => lastAt)).toEqual([
      { source: 'ports', lastAt: '2026-11-25T14:25:00.000Z' },
    ]);
  });

  it('is written once a minute at most, and what was used is known after a restart', async () => {
    const id = await stage.running();
    stage.lifecycle.report(id, 'terminal');
    stage.lifecycle.report(id, 'chat');
    expect(await stage.stored(id)).toBeUndefined();

    await stage.lifecycle.close();

    expect(await stage.stored(id)).toMatchObject({
      terminalAt: stage.now(),
      chatAt: stage.now(),
      cpuAt: null,
    });
    const { activity } = await stage.replica().service.get(stage.tenant.principal, id);
    expect(activity.filter(({ lastAt }) => lastAt).map(({ source }) => source)).toEqual([
      'terminal',
      'chat',
    ]);
  });

  it('of which another replica knows the later use is not stopped', async () => {
    const id = await stage.running();
    const other = stage.replica();
    await stage.pass(15);
    other.report(id, 'terminal');
    await other.sweep();
    await stage.pass(16);

    expect((await stage.row(id)).desiredState).toBe('running');
  });

  it('is never stopped where it says so, nor when it is a server', async () => {
    const [free, server] = [await stage.running(), await stage.running({ provider: 'server' })];
    await stage.lifecycle.service.update(call(free), { idleMinutes: 0 });

    await stage.pass(60);

    expect((await stage.row(free)).desiredState).toBe('running');
    expect((await stage.row(server)).desiredState).toBe('running');
  });
});

describe('a lost database', () => {
  it('keeps nothing from ending, and what was used waits for it', async () => {
    const id = await stage.running();
    const replica = stage.replica();
    replica.report(id, 'chat');
    await db.execute('alter table workspace_lifecycles rename to away');

    await replica.close();
    expect(stage.errors).toHaveLength(1);
    stage.errors.length = 0;
    await db.execute('alter table away rename to workspace_lifecycles');
    await replica.close();

    expect(await stage.stored(id)).toMatchObject({ chatAt: stage.now() });
  });
});

describe('keeping a workspace alive', () => {
  it('puts the stop off until its end, is audited, and can be ended', async () => {
    const id = await stage.running();
    await stage.pass(25);

    const kept = await stage.lifecycle.service.keepAlive(call(id), 60);

    expect(kept).toMatchObject({
      keepUntil: '2026-11-25T15:25:00.000Z',
      verdict: { action: 'keep', rule: 'override', stopsAt: '2026-11-25T15:25:00.000Z' },
    });
    expect(await stage.audited(id)).toMatchObject([
      { action: 'workspace.keep-alive', detail: { until: '2026-11-25T15:25:00.000Z' } },
    ]);
    await stage.pass(40);
    expect((await stage.row(id)).desiredState).toBe('running');

    const ended = await stage.lifecycle.service.endKeepAlive(call(id));

    expect(ended).toMatchObject({ keepUntil: null, verdict: { action: 'warn', rule: 'idle' } });
  });

  it('is refused for a stopped workspace and for those of others', async () => {
    const id = await stage.running({ desiredState: 'stopped', actualState: 'stopped' });
    const stranger = await seedTenant(db);
    const { service } = stage.lifecycle;

    await expect(service.keepAlive(call(id), 60)).rejects.toMatchObject({
      code: 'workspace_stopped',
    });
    for (const ask of [
      () => service.keepAlive(call(id, stranger), 60),
      () => service.update(call(id, stranger), { idleMinutes: 0 }),
      () => service.endKeepAlive(call(id, stranger)),
      () => service.get(stranger.principal, id),
    ])
      await expect(ask()).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('a schedule', () => {
  const office: Schedule = {
    ...{ timeZone: 'America/New_York', weekdays: [1, 2, 3, 4, 5], holidays: [] },
    ...{ start: '09:30', stop: '10:15' },
  };

  it('starts a stopped workspace and stops it again, idle or not', async () => {
    const id = await stage.running({ desiredState: 'stopped', actualState: 'stopped' });
    const set = await stage.lifecycle.service.update(call(id), { schedule: office });
    expect(set.verdict).toMatchObject({ action: 'off', startsAt: '2026-11-25T14:30:00.000Z' });

    await stage.pass(29);
    expect((await stage.row(id)).desiredState).toBe('stopped');
    await stage.pass(1);
    expect((await stage.row(id)).desiredState).toBe('running');
  });

  it('stops what is in use, after a warning', async () => {
    const id = await stage.running();
    await stage.lifecycle.service.update(call(id), { schedule: office });
    await stage.pass(65);
    expect(stage.logged.map(({ text }) => text)).toEqual([
      expect.stringContaining('It stops at 15:15 UTC. Its schedule stops it'),
    ]);

    stage.lifecycle.report(id, 'terminal');
    await stage.pass(10);
    await stage.settled(id);

    expect(await stage.stopReason(id)).toBe('Its schedule stops it');
  });

  it('says once in the log that a limit forbids its start', async () => {
    await stage.close();
    stage = await openLifecycleStage(db, { maxRunningPerUser: 1 });
    const busy = await stage.running({ name: 'busy' });
    await stage.lifecycle.service.update(call(busy), { idleMinutes: 0 });
    const id = await stage.running({ desiredState: 'stopped', actualState: 'stopped' });
    await stage.lifecycle.service.update(call(id), { schedule: { ...office, stop: null } });

    await stage.pass(35);

    const told = stage.logged.filter(({ workspaceId }) => workspaceId === id);
    expect(told.map(({ text }) => text)).toEqual([
      'Its schedule could not start it: One person can have 1 app running at a time: stop "busy" first',
    ]);
    expect((await stage.row(id)).desiredState).toBe('stopped');
  });
});

describe('the limit of running workspaces', () => {
  const stopped = { desiredState: 'stopped', actualState: 'stopped' } as const;

  beforeEach(async () => {
    await stage.close();
    stage = await openLifecycleStage(db, { maxRunningPerUser: 2 });
  });

  it('refuses one more, and names what to stop; servers and those of others do not count', async () => {
    await stage.running({ name: 'blog' });
    await stage.running({ provider: 'server' });
    const other = await stage.running(stopped);
    await stage.workspaces.start(stage.tenant.principal, other, 'test');
    const third = await stage.running({ ...stopped, name: 'third' });

    const start = () => stage.workspaces.start(stage.tenant.principal, third, 'test');
    const { name } = await stage.row(other);
    await expect(start()).rejects.toMatchObject({
      code: 'limit_reached',
      message: `One person can have 2 apps running at a time: stop "blog" or "${name}" first`,
      details: { rule: 'running-per-person', running: ['blog', name] },
    });
    await expect(
      stage.workspaces.ensureReady(third, { correlationId: 'test' }),
    ).rejects.toMatchObject({ code: 'limit_reached' });
    expect((await stage.row(third)).desiredState).toBe('stopped');

    await stage.workspaces.stop(stage.tenant.principal, 'blog', 'test');
    expect((await start()).desiredState).toBe('running');
    expect((await start()).desiredState).toBe('running');
  });

  it('holds when many ask at once', async () => {
    const ids = await Promise.all(Array.from({ length: 6 }, () => stage.running(stopped)));

    const asked = await Promise.allSettled(
      ids.map((id) => stage.workspaces.start(stage.tenant.principal, id, 'test')),
    );

    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
  });
});

describe('costs', () => {
  it('have the budget of the organization before the configured one, and say who set it', async () => {
    const { organizationId, principal } = stage.tenant;
    const { costs } = stage.lifecycle;

    await costs.setBudget(principal, 12.5, 'test');
    const other = await seedTenant(db);

    expect((await costs.ofMonth(organizationId)).costs?.budget?.amount).toBe(12.5);
    expect((await costs.ofMonth(other.organizationId)).costs?.budget).toBeNull();
    expect(await stage.audited(organizationId)).toMatchObject([
      { action: 'budget.set', detail: { amount: 12.5 } },
    ]);
    expect((await costs.setBudget(principal, null, 'test')).costs.budget).toBeNull();
  });

  it('add up by owner while workspaces run, and warn of the budget', async () => {
    await stage.close();
    stage = await openLifecycleStage(db, { monthlyBudget: 0.5 });
    await stage.lifecycle.service.update(call(await stage.running()), { idleMinutes: 0 });
    await stage.running({ provider: 'server' });
    await stage.running({ desiredState: 'stopped', actualState: 'stopped' });
    const { organizationId, userId } = stage.tenant;

    await stage.pass(1 + 20);
    expect(await stage.lifecycle.costs.ofMonth(organizationId)).toEqual({
      costs: {
        month: '2026-11',
        spent: { amount: 0.2, currency: 'EUR' },
        budget: { amount: 0.5, currency: 'EUR' },
        state: 'ok',
        owners: [
          { ownerId: userId, ownerName: 'Dana Developer', spent: { amount: 0.2, currency: 'EUR' } },
        ],
      },
    });
    await stage.running({ ownerId: userId });
    await stage.pass(9);

    expect((await stage.lifecycle.costs.ofMonth(organizationId)).costs?.state).toBe('ok');
    await stage.pass(1);
    expect((await stage.lifecycle.costs.ofMonth(organizationId)).costs).toMatchObject({
      state: 'near',
      spent: { amount: 0.4 },
    });
  });
});
