import { eq } from 'drizzle-orm';
import { Registry } from 'prom-client';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '@spt-flow/db/client';
import { pipelines, transitions, workspaces } from '@spt-flow/db/schema';
import { createFleetRepository, registerFleetMetrics } from '../../src/features/metrics/index.ts';
import { serveMetrics } from '../../src/plugins/metrics.ts';
import { useDatabases } from '../support/database.ts';
import { seedProject, seedTenant, seedWorkspace } from '../workspaces/seed.ts';

const NOW_MS = Date.parse('2026-01-02T10:00:00.000Z');
const clock = { now: () => new Date(NOW_MS) };

const newDatabase = useDatabases();
let db: Database;
let text: string;

const PARTS = [
  { name: 'database', state: 'ok' },
  { name: 'model', state: 'off' },
  { name: 'containers', state: 'down' },
];

/** A start of two seconds that ended so long ago. */
function ended(workspace: { id: string; organizationId: string }, minutesAgo: number) {
  const finishedMs = NOW_MS - minutesAgo * 60_000;
  return {
    organizationId: workspace.organizationId,
    workspaceId: workspace.id,
    ...{ kind: 'start' as const, reason: 'test', correlationId: 'test' },
    deadlineAt: new Date(finishedMs),
    startedAt: new Date(finishedMs - 2_000),
    finishedAt: new Date(finishedMs),
  };
}

type ActualState = (typeof workspaces.$inferSelect)['actualState'];

async function seedInState(actualState: ActualState) {
  const workspace = await seedWorkspace(db, await seedTenant(db));
  await db.update(workspaces).set({ actualState }).where(eq(workspaces.id, workspace.id));
  return workspace;
}

async function seedBuilds(statuses: (typeof pipelines.$inferInsert)['status'][]) {
  const tenant = await seedTenant(db);
  const projectId = await seedProject(db, tenant);
  const common = {
    ...{ organizationId: tenant.organizationId, projectId, source: 'gitlab' as const },
    ...{ trigger: 'forge' as const, ref: 'main', commit: 'a'.repeat(40) },
    ...{ observedAt: clock.now(), finishedAt: clock.now() },
  };
  await db
    .insert(pipelines)
    .values(statuses.map((status, index) => ({ ...common, status, number: index + 1 })));
}

async function read(database: Database, parts: () => Promise<typeof PARTS>): Promise<string> {
  const registry = new Registry();
  registerFleetMetrics(registry, { fleet: createFleetRepository(database), parts, clock });
  return registry.metrics();
}

describe('metrics of the fleet', () => {
  beforeAll(async () => {
    ({ db } = await newDatabase());
    const one = await seedInState('running');
    const other = await seedInState('failed');
    await seedInState('deleted');
    await db.insert(transitions).values([
      { ...ended(one, 1), state: 'done' },
      { ...ended(one, 20), state: 'done' },
      { ...ended(other, 2), state: 'failed' },
      {
        ...ended(other, 0),
        state: 'running',
        finishedAt: null,
        startedAt: new Date(NOW_MS - 90_000),
      },
    ]);
    await seedBuilds(['succeeded', 'succeeded', 'succeeded', 'failed', 'canceled']);
    text = await read(db, async () => PARTS);
  });

  it.each([
    'workspaces{provider="local",state="running"} 1',
    'workspaces{provider="local",state="failed"} 1',
    'workspace_transitions_recent{kind="start",result="done"} 1',
    'workspace_transitions_recent{kind="start",result="failed"} 1',
    'workspace_transition_p95_seconds{kind="start",result="done"} 2',
    'workspace_transition_oldest_seconds 90',
    'pipelines_recent{source="gitlab",result="canceled"} 1',
    'pipeline_success_ratio{source="gitlab"} 0.75',
    'health_part_up{part="database"} 1',
    'health_part_up{part="model"} 1',
    'health_part_up{part="containers"} 0',
  ])('tell %s', (line) => {
    expect(text.split('\n')).toContain(line);
  });

  it('leave out what is deleted', () => {
    expect(text).not.toContain('deleted');
  });

  it('tell which part is down while the database does not answer', async () => {
    const lost = await newDatabase();
    const parts = async () => [{ name: 'database', state: 'down' }];
    await lost.close();

    const without = await read(lost.db, parts);

    expect(without).toContain('health_part_up{part="database"} 0');
    expect(without).not.toContain('workspaces{');
  });
});

describe('the address of the metrics', () => {
  it('opens to who shows the token and to nobody else', async () => {
    const address = { host: '127.0.0.1', port: 0, token: 'a-long-enough-token' };
    const server = await serveMetrics(new Registry(), address);
    const ask = async (authorization?: string) => {
      const url = `http://127.0.0.1:${server.port}/metrics`;
      return (await fetch(url, { headers: authorization ? { authorization } : {} })).status;
    };

    const statuses = [
      await ask(),
      await ask('Bearer another-token'),
      await ask('Bearer a-long-enough-token'),
    ];
    await server.close();

    expect(statuses).toEqual([401, 401, 200]);
  });

  it('answers with an error when the numbers can not be read', async () => {
    const registry = new Registry();
    registry.metrics = () => Promise.reject(new Error('Out of memory'));
    const server = await serveMetrics(registry, { host: '127.0.0.1', port: 0, token: undefined });

    const { status } = await fetch(`http://127.0.0.1:${server.port}/metrics`);
    await server.close();

    expect(status).toBe(500);
  });
});
