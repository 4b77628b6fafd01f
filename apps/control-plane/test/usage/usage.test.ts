import { count, eq } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';
import { workspaceUsage, workspaces } from '@spt-flow/db/schema';
import type { AgentEvent } from '@spt-flow/shared/agent-protocol/events';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { AgentHub, Agents } from '../../src/features/agents/index.ts';
import { createUsage } from '../../src/features/usage/index.ts';
import { useDatabases } from '../support/database.ts';
import { seedTenant, seedWorkspace, type Tenant } from '../workspaces/seed.ts';

const GIB = 1024 ** 3;
const START = Date.parse('2026-01-02T10:00:00.000Z');

type Heartbeat = Extract<AgentEvent, { type: 'heartbeat' }>;

const newDatabase = useDatabases();
let stage: Awaited<ReturnType<typeof openStage>>;
let tenant: Tenant;
let workspaceId: string;

async function openStage() {
  const { db } = await newDatabase();
  const listeners: Parameters<Agents['events']['onEvent']>[0][] = [];
  const presence: Parameters<AgentHub['onPresence']>[0][] = [];
  const state = { nowMs: START };
  const errors: unknown[] = [];
  const usage = createUsage({
    db,
    onAgentEvent: (listener) => void listeners.push(listener),
    onPresence: (listener) => {
      presence.push(listener);
      return () => undefined;
    },
    async findWorkspace(organizationId, handle) {
      const [row] = await db.select().from(workspaces).where(eq(workspaces.id, handle));
      if (row?.organizationId !== organizationId) throw new AppError('not_found');
      return row;
    },
    caps: { memoryBytes: GIB },
    clock: { now: () => new Date(state.nowMs), monotonicMs: () => state.nowMs },
    onError: (error) => void errors.push(error),
  });
  const session = (id: string) => ({
    ...{ workspaceId: id, sessionId: 's', agentId: 'a', organizationId: 'o', generation: 1 },
    ...{ bootId: 'b', machineFingerprint: 'm' },
  });
  return {
    ...{ db, usage, errors },
    pass: (ms: number) => void (state.nowMs += ms),
    beat(id: string, change: Partial<Heartbeat>) {
      const event: Heartbeat = {
        ...{ type: 'heartbeat', at: '', rssBytes: 1, cpuSeconds: 9, loadAverage: 9, processes: 1 },
        ...change,
      };
      for (const listener of listeners) listener(session(id), event);
    },
    leave(id: string) {
      for (const listener of presence)
        listener({ session: session(id), online: false, reason: 'gone' });
    },
  };
}

beforeEach(async () => {
  stage = await openStage();
  tenant = await seedTenant(stage.db);
  workspaceId = (await seedWorkspace(stage.db, tenant)).id;
});

/** A heartbeat every ten seconds; half a processor, 100 bytes a second each way. */
function beats(times: number, change: Partial<Heartbeat> = {}): void {
  for (let time = 0; time < times; time += 1) {
    stage.beat(workspaceId, {
      workspaceCpuSeconds: time * 5,
      workspaceMemoryBytes: 1000 + time,
      network: { receivedBytes: time * 1000, sentBytes: time * 1000 },
      disk: { usedBytes: 5, totalBytes: 50 },
      machine: { cpus: 8, memoryBytes: 16 * GIB },
      ...change,
    });
    stage.pass(10_000);
  }
}

function hour() {
  return stage.usage.service.get(tenant.principal, workspaceId, 'hour');
}

function day() {
  return stage.usage.service.get(tenant.principal, workspaceId, 'day');
}

describe('the usage of a workspace', () => {
  it('is told every ten seconds, with rates of what agents count and the limits of the machine', async () => {
    beats(3);
    await stage.usage.flush();

    const { samples, limits, stepSeconds } = await hour();

    expect(stepSeconds).toBe(10);
    expect(limits).toEqual({ cpus: 8, memoryBytes: 16 * GIB, diskBytes: 50 });
    expect(samples.map(({ at }) => at.slice(11, 19))).toEqual(['10:00:00', '10:00:10', '10:00:20']);
    expect(samples.at(-1)).toMatchObject({
      ...{ cpus: 0.5, memoryBytes: 1002, diskBytes: 5 },
      ...{ receivedBytesPerSecond: 100, sentBytesPerSecond: 100 },
    });
    expect(samples[0]).toMatchObject({ cpus: null, receivedBytesPerSecond: null });
  });

  it('says nothing of what an older agent does not tell, nor of counters that began anew', async () => {
    stage.beat(workspaceId, { workspaceCpuSeconds: 100 });
    stage.pass(10_000);
    stage.beat(workspaceId, { workspaceCpuSeconds: 3 });
    await stage.usage.flush();

    const { samples, limits } = await hour();

    expect(samples.at(-1)).toMatchObject({
      ...{ cpus: 0, memoryBytes: null, receivedBytesPerSecond: null },
    });
    expect(limits).toEqual({ cpus: null, memoryBytes: null, diskBytes: null });
  });

  it('is a mean for each minute of a day, also of the last one when the agent goes', async () => {
    beats(8);
    stage.leave(workspaceId);
    await stage.usage.flush();

    const { samples, stepSeconds } = await day();

    expect(stepSeconds).toBe(60);
    expect(samples).toMatchObject([
      { at: '2026-01-02T10:00:00.000Z', cpus: 0.5, memoryBytes: 1002.5 },
      { at: '2026-01-02T10:01:00.000Z', cpus: 0.5, memoryBytes: 1006.5 },
    ]);
  });

  it('is added up over workspaces for readers of metrics, until their agents go', async () => {
    const other = (await seedWorkspace(stage.db, tenant)).id;
    const totals = () => Object.values(stage.usage.gauges).map(({ read }) => read());

    beats(2);
    stage.beat(other, { workspaceMemoryBytes: 500 });

    expect(totals()).toEqual([0.5, 1501, 5]);
    stage.leave(workspaceId);
    expect(totals()).toEqual([0, 500, 0]);
  });

  it('keeps no more rows than a round has, and tells no sample older than its span', async () => {
    for (let minute = 0; minute < 130; minute += 1) {
      stage.beat(workspaceId, { workspaceMemoryBytes: minute });
      stage.pass(60_000);
      await stage.usage.flush();
    }

    const rows = await stage.db
      .select({ step: workspaceUsage.stepSeconds, rows: count() })
      .from(workspaceUsage)
      .groupBy(workspaceUsage.stepSeconds)
      .orderBy(workspaceUsage.stepSeconds);
    expect(rows).toEqual([
      { step: 10, rows: 61 },
      { step: 60, rows: 13 },
    ]);
    expect((await hour()).samples.map(({ memoryBytes }) => memoryBytes)).toEqual(
      Array.from({ length: 60 }, (_, index) => 70 + index),
    );
    expect(stage.errors).toEqual([]);
  });

  it('shows the size of a container as its limit, below what the operator grants', async () => {
    await stage.db
      .update(workspaces)
      .set({ provider: 'docker', settings: { size: 'devenv' } })
      .where(eq(workspaces.id, workspaceId));
    beats(1);
    await stage.usage.flush();

    expect((await hour()).limits).toEqual({ cpus: 2, memoryBytes: GIB, diskBytes: 12 * GIB });
  });

  it('is followed by the moment of the last sample, each once', async () => {
    const topic = `usage:${workspaceId}`;
    const { liveSource } = stage.usage;
    expect(await liveSource.cursor(topic)).toBe(0);
    beats(2);
    await stage.usage.flush();
    const cursor = await liveSource.cursor(topic);
    beats(7);
    await stage.usage.flush();

    const rows = await liveSource.read(topic, cursor, 200);

    expect(cursor).toBe(START + 10_000);
    expect(rows.map((row) => row.cursor)).toEqual(
      Array.from({ length: 7 }, (_, index) => START + 20_000 + index * 10_000),
    );
    expect(rows[0]?.event).toMatchObject({ type: 'usage.sampled', sample: { memoryBytes: 1000 } });
    expect(await liveSource.horizon(topic)).toBe(START - 1);
  });

  it('is nobody’s outside of the organization, and of a workspace that is gone not kept', async () => {
    const stranger = await seedTenant(stage.db);
    beats(1);
    stage.beat('00000000-0000-4000-8000-000000000000', { workspaceMemoryBytes: 1 });
    await stage.usage.flush();

    await expect(
      stage.usage.service.get(stranger.principal, workspaceId, 'hour'),
    ).rejects.toMatchObject({ code: 'not_found' });
    expect((await hour()).samples).toHaveLength(1);
    expect(stage.errors).toEqual([]);
  });
});
