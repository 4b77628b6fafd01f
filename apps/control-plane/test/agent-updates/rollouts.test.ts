import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AgentRollout, NewRollout } from '@spt-flow/shared/api/agent-updates';
import { auditLog } from '@spt-flow/db/schema';
import { eq } from 'drizzle-orm';
import { registerAgentUpdateRoutes } from '../../src/features/agent-updates/index.ts';
import type { Principal } from '../../src/lib/principal.ts';
import { useDatabases, type TestDatabase } from '../support/database.ts';
import { createHttpShell } from '../support/http-shell.ts';
import { seedTenant, type Tenant } from '../workspaces/seed.ts';
import { startFleet, type Fleet } from './fleet.ts';

const newDatabase = useDatabases();
let database: TestDatabase;
let tenant: Tenant;
let fleet: Fleet;

beforeAll(async () => {
  database = await newDatabase();
});
beforeEach(async () => {
  tenant = await seedTenant(database.db);
  fleet = await startFleet(database.db, tenant);
});
afterEach(async () => {
  await fleet.close();
  expect(fleet.errors).toEqual([]);
});

function by() {
  return { principal: tenant.principal, correlationId: 'correlation' };
}

function order(rest: Partial<NewRollout> = {}): NewRollout {
  const stages = [{ percent: 10 }, { percent: 50 }];
  return { version: '0.2.0', stages, maxFailures: 1, hours: null, ...rest };
}

async function add(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) ids.push(await fleet.add(`machine-${index}`));
  return ids;
}

/** Looks until the roll-out is in one of the states; the test's own limit ends a vain wait. */
async function until(
  id: string,
  isThere: (rollout: AgentRollout) => boolean,
): Promise<AgentRollout> {
  for (;;) {
    await fleet.updates.driver.look();
    const rollout = await fleet.updates.rollouts.get(tenant.principal, id);
    if (isThere(rollout)) return rollout;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function inState(state: string) {
  return (rollout: AgentRollout) => rollout.state === state;
}

describe('a roll-out', () => {
  it('comes to all stage by stage, and to those later that were away or are new', async () => {
    await add(19);
    const away = await fleet.add('away', { isOnline: false });
    const { rollouts } = fleet.updates;
    const { id, stages } = await rollouts.create(by(), order());
    expect(stages.map(({ name }) => name)).toEqual(['10 %', '50 %', 'the rest']);

    const completed = await until(id, inState('completed'));
    expect(fleet.countOf('0.2.0')).toBe(19);
    expect(completed.stages.map(({ counts }) => counts.done)).toEqual([2, 8, 9]);

    fleet.connect(away);
    const late = await fleet.add('late');
    await until(
      id,
      () => fleet.versions.get(away) === '0.2.0' && fleet.versions.get(late) === '0.2.0',
    );
    const audited = await database.db.select().from(auditLog).where(eq(auditLog.target, id));
    expect(audited.map(({ action }) => action)).toEqual(
      expect.arrayContaining([
        'agent_rollout.create',
        'agent_rollout.next',
        'agent_rollout.complete',
      ]),
    );
  });

  it('stops by itself when its canaries fail: nobody of a later stage has moved', async () => {
    const ids = await add(20);
    const { rollouts } = fleet.updates;
    const canaries = [{ servers: ['machine-3', ids[4] ?? ''] }, { percent: 50 }];
    fleet.broken.add(ids[4] ?? '');
    const { id } = await rollouts.create(by(), order({ stages: canaries }));

    const halted = await until(id, inState('halted'));
    expect(halted.reason).toBe('1 of 2 failed in stage 1');
    expect(fleet.countOf('0.1.0')).toBeGreaterThanOrEqual(19);
    const { items } = await rollouts.members(tenant.principal, id);
    expect(items[0]).toMatchObject({ name: 'machine-4', state: 'failed', reason: 'ended' });

    fleet.broken.clear();
    await rollouts.resume(by(), id);
    await until(id, inState('completed'));
    expect(fleet.countOf('0.2.0')).toBe(20);
  });

  it('is paused, resumed, and rolled back where that was signed', async () => {
    await add(4);
    const { rollouts } = fleet.updates;
    const stages = [{ percent: 100 }];
    const { id } = await rollouts.create(by(), order({ stages }));
    await until(id, inState('completed'));
    await rollouts.pause(by(), id);
    const newcomer = await fleet.add('newcomer');
    await fleet.updates.driver.look();
    expect(fleet.versions.get(newcomer)).toBe('0.1.0');
    await expect(rollouts.pause(by(), id)).rejects.toMatchObject({ code: 'conflict' });

    const back = await rollouts.rollBack(by(), id);
    expect(back).toMatchObject({ kind: 'back', version: '0.1.0' });
    await until(back.id, inState('completed'));
    expect(fleet.countOf('0.1.0')).toBe(5);
    expect(await rollouts.get(tenant.principal, id)).toMatchObject({ state: 'rolled_back' });

    const third = await rollouts.create(by(), order({ version: '0.3.0', stages }));
    await until(third.id, inState('completed'));
    const refused = await rollouts.rollBack(by(), third.id);
    await until(refused.id, ({ stages: [all] }) => all?.counts.failed === 5);
    expect((await rollouts.members(tenant.principal, refused.id)).items[0]?.reason).toContain(
      'downgrade',
    );
    expect(fleet.countOf('0.3.0')).toBe(5);
  });

  it('waits for its hours', async () => {
    await add(1);
    const now = new Date();
    const hour = (offset: number) =>
      `${String((now.getUTCHours() + offset) % 24).padStart(2, '0')}:00`;
    const hours = {
      ...{ timeZone: 'UTC', weekdays: [1, 2, 3, 4, 5, 6, 7], holidays: [] },
      ...{ start: hour(3), stop: hour(5) },
    };
    const { id } = await fleet.updates.rollouts.create(by(), order({ hours }));
    await fleet.updates.driver.look();
    expect(fleet.countOf('0.1.0')).toBe(1);

    fleet.time.offsetMs = 4 * 3_600_000 - (now.getTime() % 3_600_000);
    await until(id, inState('completed'));
    expect(fleet.countOf('0.2.0')).toBe(1);
  });
});

describe('over HTTP', () => {
  it('everybody sees, admins decide, and nobody orders what was not signed', async () => {
    await add(2);
    const people = new Map<string, Principal>([
      ['reader-with-a-long-token', { ...tenant.principal, scope: 'write' }],
      ['admin-with-a-long-token', { ...tenant.principal, scope: 'admin' }],
    ]);
    const app = await createHttpShell(people);
    registerAgentUpdateRoutes(app, fleet.updates);
    const call = async (who: string, url: string, payload?: object) => {
      const headers = { authorization: `Bearer ${who}-with-a-long-token` };
      const method = payload ? 'POST' : 'GET';
      const answer = await app.inject({ method, url, headers, ...(payload && { payload }) });
      return { status: answer.statusCode, body: answer.json<{ data: unknown; error: unknown }>() };
    };

    expect((await call('reader', '/api/v1/agent-releases')).body.data).toMatchObject({
      releases: [
        { version: '0.3.0' },
        { version: '0.2.0', returnsTo: ['0.1.0'] },
        { version: '0.1.0' },
      ],
      versions: [{ version: '0.1.0', agents: 2 }],
      problem: null,
    });
    const rollouts = '/api/v1/agent-rollouts';
    expect((await call('reader', rollouts, { version: '0.2.0' })).status).toBe(403);
    expect((await call('admin', rollouts, { version: '9.9.9' })).status).toBe(404);
    expect((await call('admin', rollouts, { version: '0.2.0' })).status).toBe(201);
    expect((await call('reader', rollouts)).body.data).toMatchObject({
      items: [{ version: '0.2.0', stages: [{ name: '5 %' }, { name: '100 %' }] }],
    });
    const root = await app.inject({ url: '/agents/v1/update-root' });
    expect(root.json()).toMatchObject({ signed: { _type: 'root' } });
    await app.close();
  });
});
