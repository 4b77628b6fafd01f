import { eq } from 'drizzle-orm';
import { pipelineJobs, pipelines, projects } from '@spt-flow/db/schema';
import type { LiveEvent } from '@spt-flow/shared/api/live';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  createPipelineRecords,
  type PipelineRecords,
  type RecordedPipeline,
} from '../../src/features/pipelines/index.ts';
import { useDatabases, type TestDatabase } from '../support/database.ts';
import { seedProject, seedTenant } from '../workspaces/seed.ts';

const COMMIT = 'a'.repeat(40);

function at(second: number): Date {
  return new Date(Date.UTC(2026, 0, 1, 0, 0, second));
}

describe('what is recorded of builds that a forge runs', () => {
  const newDatabase = useDatabases();
  let db: TestDatabase['db'];
  let records: PipelineRecords;
  let base: Omit<RecordedPipeline, 'externalId'>;
  const told: LiveEvent[] = [];

  beforeAll(async () => {
    ({ db } = await newDatabase());
    const tenant = await seedTenant(db);
    const { organizationId } = tenant;
    const projectId = await seedProject(db, tenant);
    records = createPipelineRecords({ db, publish: async (_topic, event) => told.push(event) });
    base = {
      ...{ organizationId, projectId, source: 'gitlab', ref: 'main', commit: COMMIT },
      ...{ status: 'running', observedAt: at(1), stage: 'build' },
    };
  });

  it('is numbered, moves on, and is told of once per change', async () => {
    const recorded = { ...base, externalId: '70' };
    const first = await records.recordPipeline(recorded);
    const again = await records.recordPipeline({ ...recorded, stage: 'test', observedAt: at(2) });

    expect(first).toMatchObject({ number: 1, status: 'running', trigger: 'forge' });
    expect(again).toMatchObject({ id: first.id, stage: 'test' });
    expect((await records.recordPipeline({ ...base, externalId: '71' })).number).toBe(2);
    expect(told).toHaveLength(3);
  });

  it('never goes back from its end, nor to what was seen earlier', async () => {
    const recorded = { ...base, externalId: '80' };
    const { id } = await records.recordPipeline({ ...recorded, observedAt: at(5) });

    expect(await records.updateStatus(id, { status: 'queued', observedAt: at(4) })).toBe(false);
    expect(await records.updateStatus(id, { status: 'failed', observedAt: at(6) })).toBe(true);
    expect(await records.updateStatus(id, { status: 'running', observedAt: at(7) })).toBe(false);
    expect(await records.recordPipeline({ ...recorded, observedAt: at(8) })).toMatchObject({
      status: 'failed',
    });
  });

  it('of ours goes on when the clock is set back', async () => {
    const [row] = await db
      .insert(pipelines)
      .values({ ...base, source: 'embedded', trigger: 'person', number: 90, observedAt: at(5) })
      .returning();
    if (!row) throw new Error('no build');
    const job = { name: 'unit', stage: 'test', position: 0 };
    await records.updateJob(row, { ...job, status: 'running', observedAt: at(5) });

    expect(
      await records.updateJob(row, { ...job, status: 'succeeded', observedAt: at(2) }),
    ).toBeDefined();
    expect(await records.updateStatus(row.id, { status: 'succeeded', observedAt: at(2) })).toBe(
      true,
    );
  });

  it('has its jobs under the same rules', async () => {
    const job = { name: 'unit', stage: 'test', position: 0, externalId: '9' };
    const record = (status: 'running' | 'succeeded', second: number) =>
      records.recordPipeline({
        ...{ ...base, externalId: '90', observedAt: at(second) },
        jobs: [{ ...job, status, observedAt: at(second) }],
      });
    const { id } = await record('running', 1);
    await record('succeeded', 3);
    await record('running', 4);

    const rows = await db.select().from(pipelineJobs).where(eq(pipelineJobs.pipelineId, id));
    expect(rows).toMatchObject([{ name: 'unit', status: 'succeeded' }]);
  });

  it('is refused for projects of others, and for one that is being deleted', async () => {
    const stranger = await seedTenant(db);
    const { organizationId } = stranger;
    const projectId = await seedProject(db, stranger);
    const recorded = { ...base, externalId: '91' };

    await expect(records.recordPipeline({ ...recorded, organizationId })).rejects.toMatchObject({
      code: 'not_found',
    });
    await db.update(projects).set({ status: 'archived' }).where(eq(projects.id, projectId));
    await expect(
      records.recordPipeline({ ...recorded, organizationId, projectId }),
    ).rejects.toMatchObject({ code: 'not_found' });
  });
});
