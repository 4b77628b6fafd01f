import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { eq } from 'drizzle-orm';
import { auditLog, transitions, workspaceLeftovers, workspaces as rows } from '@spt-flow/db/schema';
import { createAgentHub } from '../../src/features/agents/index.ts';
import {
  createPrices,
  createWorkspaces,
  type Workspaces,
} from '../../src/features/workspaces/index.ts';
import { createProviders, type WorkspaceProvider } from '../../src/features/providers/index.ts';
import { createAudit } from '../../src/lib/audit-repository.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { useDatabases, type TestDatabase } from '../support/database.ts';
import { seedTenant, seedWorkspace, type Tenant } from './seed.ts';

const newDatabase = useDatabases();
let db: TestDatabase['db'];
let tenant: Tenant;
let hub: ReturnType<typeof createAgentHub>;
let workspaces: Workspaces;
let machine: ReturnType<typeof createMachine>;
let revoked: string[];
let errors: unknown[];

/** A place whose machines never answer until it is told to. */
function createMachine() {
  const state = { answers: false, present: new Map<string, string[]>(), asked: [] as string[] };
  const stuck = new Promise<never>(() => undefined);
  const done = async (what: string, id: string) => {
    state.asked.push(`${what} ${id}`);
    if (!state.answers) await stuck;
    if (what === 'delete') state.present.delete(id);
  };
  const provider: WorkspaceProvider = {
    ownsMachine: true,
    warnings: [],
    plan: () => [],
    start: async ({ workspaceId }) => {
      state.present.set(workspaceId, ['Container "demo"', 'Volume "demo-home"']);
      await done('start', workspaceId);
      return stuck;
    },
    stop: (id) => done('stop', id),
    delete: (id) => done('delete', id),
    inspect: async () => 'running',
    logs: () => [],
    present: async () => (state.answers ? new Map(state.present) : stuck),
    reap: async () => 0,
  };
  return { state, provider };
}

beforeEach(async () => {
  ({ db } = await newDatabase());
  tenant = await seedTenant(db);
  machine = createMachine();
  [revoked, errors] = [[], []];
  const onError = (error: unknown) => void errors.push(error);
  hub = createAgentHub({ clock: systemClock, onEvents: async () => undefined, onError });
  const nobody = () => Promise.reject(new Error('nobody joins here'));
  workspaces = createWorkspaces({
    ...{ db, hub, onError, clock: systemClock, audit: createAudit(db) },
    defaultProvider: 'local',
    policy: () => [],
    providers: createProviders({ local: machine.provider }),
    enrolmentTokens: { create: nobody, admit: nobody, openUntil: nobody },
    revokeAgent: async (id) => void revoked.push(id),
    eventLog: { append: async () => 0 },
    logs: { append: async () => undefined },
    controlPlane: () => ({ url: 'http://127.0.0.1:1', serverKey: '' }),
    prices: createPrices({ pricesPerHour: {}, currency: 'USD' }),
    runningLimits: { perUser: 100, perOrganization: undefined },
    limits: { forceMs: 50, firstRetryMs: 60_000 },
  });
});
afterEach(async () => {
  machine.state.answers = true;
  await workspaces.close();
  hub.close();
});

async function stateOf(id: string) {
  const [row] = await db.select().from(rows).where(eq(rows.id, id));
  return row?.actualState;
}

async function begun(
  desiredState: 'running' | 'stopped' | 'deleted',
  actualState: NonNullable<(typeof rows.$inferInsert)['actualState']>,
): Promise<string> {
  const { id } = await seedWorkspace(db, tenant);
  await db.update(rows).set({ desiredState, actualState }).where(eq(rows.id, id));
  await workspaces.service.begin(id, 'test');
  return id;
}

function forceDelete(id: string) {
  return workspaces.service.forceDelete(tenant.principal, id, 'test');
}

function untilAsked(what: string): Promise<void> {
  return vi.waitFor(() =>
    expect(machine.state.asked.map((one) => one.split(' ')[0])).toContain(what),
  );
}

describe('a deletion by force', () => {
  it.each([
    ['starting', 'running', 'created', 'stop'],
    ['stopping', 'stopped', 'running', 'stop'],
    ['deleting', 'deleted', 'stopped', 'stop'],
  ] as const)(
    'ends a workspace that hangs while %s, and whoever waits for it',
    async (state, desired, actual, asked) => {
      const id = await begun(desired, actual);
      await untilAsked(asked);
      await vi.waitFor(async () => expect(await stateOf(id)).toBe(state));
      const settled = workspaces.service.settled(id);

      const { workspace, leftovers } = await forceDelete(id);

      expect(workspace).toMatchObject({ actualState: 'deleted', desiredState: 'deleted' });
      expect(leftovers).toEqual([expect.stringMatching(/^Unknown: the provider "local" fails/)]);
      expect(revoked).toEqual([id]);
      await settled;
      const open = await db.select().from(transitions).where(eq(transitions.state, 'running'));
      expect(open).toEqual([]);
      expect((await db.select().from(auditLog)).map(({ action }) => action)).toEqual([
        'workspace.force-delete',
      ]);
      await expect(forceDelete(id)).rejects.toMatchObject({ code: 'not_found' });
    },
  );

  it.each(['running', 'stopped', 'failed'] as const)(
    'needs no transition: one that is %s is deleted too, and nothing is left where its machine answers',
    async (actualState) => {
      machine.state.answers = true;
      const { id } = await seedWorkspace(db, tenant);
      await db.update(rows).set({ actualState }).where(eq(rows.id, id));

      expect((await forceDelete(id)).leftovers).toEqual([]);

      expect(await stateOf(id)).toBe('deleted');
    },
  );

  it('stays what it is when the machine answers late, and what is left is removed the next day', async () => {
    const id = await begun('running', 'created');
    await untilAsked('stop');
    await forceDelete(id);
    const other = randomUUID();
    machine.state.answers = true;
    machine.state.present.set(id, ['Container "demo"']);
    machine.state.present.set(other, ['Volume of another control plane']);
    // Its project was removed meanwhile, and its row with it.
    await db.delete(rows).where(eq(rows.id, id));

    expect(await workspaces.cleanUpOrphans()).toEqual([id]);

    expect([...machine.state.present.keys()]).toEqual([other]);
    expect(await db.select().from(workspaceLeftovers)).toEqual([]);
    expect(await workspaces.cleanUpOrphans()).toEqual([]);
  });

  it('is refused to others', async () => {
    const id = await begun('running', 'created');
    const stranger = await seedTenant(db);

    await expect(
      workspaces.service.forceDelete(stranger.principal, id, 'test'),
    ).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('cancelling', () => {
  const cancel = (id: string) => workspaces.service.cancel(tenant.principal, id, 'test');

  it('a start that hangs makes the workspace stopped', async () => {
    const id = await begun('running', 'created');
    await untilAsked('stop');
    machine.state.answers = true;

    expect((await cancel(id)).desiredState).toBe('stopped');
    await workspaces.service.settled(id);

    expect(await stateOf(id)).toBe('stopped');
    const seen = await db.select().from(transitions).orderBy(transitions.startedAt);
    expect(seen.map(({ kind, state, reason }) => `${kind} ${state}: ${reason}`)).toEqual([
      'start failed: The workspace was created',
      'stop done: Dana Developer cancelled the start',
    ]);
  });

  it('a stop that hangs starts the workspace again', async () => {
    const id = await begun('stopped', 'running');
    await untilAsked('stop');

    await cancel(id);

    await vi.waitFor(async () => expect(await stateOf(id)).toBe('starting'));
    const seen = await db.select().from(transitions).orderBy(transitions.startedAt);
    expect(seen.map(({ kind, failure, reason }) => [kind, failure ?? reason])).toEqual([
      ['stop', 'Dana Developer cancelled the stop'],
      ['start', 'Dana Developer cancelled the stop'],
    ]);
    await forceDelete(id);
  });

  it('is refused where nothing is done, and of a deletion', async () => {
    const { id } = await seedWorkspace(db, tenant);
    await expect(cancel(id)).rejects.toMatchObject({ code: 'nothing_to_cancel' });

    const deleting = await begun('deleted', 'stopped');
    await expect(cancel(deleting)).rejects.toMatchObject({ code: 'workspace_busy' });
    await forceDelete(deleting);
  });
});

describe('many starts at once', () => {
  it('wait in line, and each tells its place', async () => {
    const ids: string[] = [];
    for (let index = 0; index < 7; index += 1) ids.push(await begun('running', 'created'));

    await vi.waitFor(async () => {
      const seen = await db.select().from(transitions);
      const names = seen.map(({ steps }) => steps.at(-1)?.name);
      expect(names.filter((name) => name?.startsWith('Wait')).toSorted()).toEqual([
        'Wait for a free place (1st)',
        'Wait for a free place (2nd)',
        'Wait for a free place (3rd)',
      ]);
    });
    const running = await db.select().from(transitions);
    const first = running.find(({ steps }) => steps.at(-1)?.name.startsWith('Start'));
    await forceDelete(first?.workspaceId ?? '');

    await vi.waitFor(async () => {
      const seen = await db.select().from(transitions);
      const waiting = seen.filter(
        ({ state, steps }) => state === 'running' && steps.at(-1)?.name.startsWith('Wait'),
      );
      expect(waiting).toHaveLength(2);
    });
    for (const id of ids) if (id !== first?.workspaceId) await forceDelete(id);
  });
});
