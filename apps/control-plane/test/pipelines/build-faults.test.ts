import { setTimeout as sleep } from 'node:timers/promises';
import { eq } from 'drizzle-orm';
import { pipelineJobs, pipelines, projects, replicas, workspaces } from '@spt-flow/db/schema';
import { describe, expect, it } from 'vitest';
import { useBuildStage } from './build-stage.ts';

const stage = useBuildStage();

function script(...commands: string[]): Record<string, string> {
  const job = { script: commands, timeout: '60 seconds' };
  return { '.gitlab-ci.yml': JSON.stringify({ job }) };
}

async function start(files: Record<string, string>) {
  const replica = await stage.replica();
  const handle = await stage.project(files);
  await replica.service.run(stage.asked(handle), undefined);
  return { ...replica, handle };
}

type Started = Awaited<ReturnType<typeof start>>;

async function untilPrinted({ service, handle }: Started, text: string): Promise<void> {
  await expect.poll(() => stage.logOf(service, handle), stage.PATIENCE).toContain(text);
}

async function nothingIsLeft(): Promise<void> {
  await expect.poll(() => stage.machines(), stage.PATIENCE).toEqual([]);
}

describe('a job', () => {
  it('that hangs is ended after its time, with all that it started', async () => {
    const files = { '.gitlab-ci.yml': '{ job: { script: [sleep 600], timeout: 1 second } }' };
    const { service, handle } = await start(files);

    const build = await stage.ended(service, handle);

    expect(build).toMatchObject({ status: 'failed' });
    expect(build.message).toContain('It did not end within');
    await nothingIsLeft();
  });

  it('of ours that hangs is ended as well', async () => {
    const { service } = await stage.replica({
      deploy: ({ signal }) => sleep(60_000, { ok: true, words: '' }, { signal }),
    });
    const handle = await stage.project({
      '.gitlab-ci.yml':
        'a: { stage: deploy, services: ["docker:dind"], script: [x], timeout: 1 second }',
    });

    await service.run(stage.asked(handle), undefined);

    expect((await stage.ended(service, handle)).message).toContain('It did not end within 1 s');
  });

  it('that leaves processes behind does not wait for them', async () => {
    const { service, handle } = await start(script('setsid sleep 60 &', 'sleep 60 &', 'echo done'));

    expect(await stage.ended(service, handle)).toMatchObject({ status: 'succeeded' });
    expect(await stage.logOf(service, handle)).toContain('done\n');
  });

  it('that floods its log goes on, and its beginning is kept', async () => {
    const flood = 'yes 0123456789012345678901234567890123456789 | head -c 20000000 || true';
    const { service, handle } = await start(script(flood, "printf 'a\\000b\\n'", 'exit 5'));

    const build = await stage.ended(service, handle);

    expect(build.jobs).toMatchObject([{ exitCode: 5, logCoverage: 'cut' }]);
    const [job] = await stage.db
      .select()
      .from(pipelineJobs)
      .where(eq(pipelineJobs.id, build.jobs[0]?.id ?? ''));
    expect(job?.logBytes).toBeLessThan(2.2 * 1024 * 1024);
    expect(build.message).toContain('ab');
  });

  it('whose artifacts are too many fails, and keeps none', async () => {
    const files = {
      '.gitlab-ci.yml': JSON.stringify({
        job: { script: ['head -c 40000000 /dev/urandom > big'], artifacts: { paths: ['big'] } },
      }),
    };
    const { service, handle } = await start(files);

    const build = await stage.ended(service, handle);

    expect(build.message).toContain('The artifacts have more than 32 MiB');
    expect(build.jobs).toMatchObject([{ status: 'failed', artifacts: null }]);
  });
});

describe('canceling a build', () => {
  it('ends one that runs, and one that waits; one that is over stays as it is', async () => {
    const started = await start(script('echo begun', 'sleep 60'));
    const { service, handle } = started;
    await untilPrinted(started, 'begun');
    await service.run(stage.asked(handle), undefined);

    const waiting = await service.cancel(stage.asked(handle, '2'));
    await service.cancel(stage.asked(handle, '1'));

    expect(waiting).toMatchObject({ status: 'canceled', message: 'Dana Developer canceled it' });
    await expect
      .poll(async () => (await service.get(stage.asked(handle, '1'))).status, stage.PATIENCE)
      .toBe('canceled');
    expect(await service.get(stage.asked(handle, '1'))).toMatchObject({
      message: 'Dana Developer canceled it',
      jobs: [{ status: 'canceled', logCoverage: 'whole' }],
    });
    await expect(service.cancel(stage.asked(handle, '1'))).rejects.toMatchObject({
      code: 'pipeline_finished',
    });
    await nothingIsLeft();
    expect(await service.retry(stage.asked(handle, '1'))).toMatchObject({
      ...{ number: 3, trigger: 'retry' },
    });
    await service.cancel(stage.asked(handle));
  });
});

describe('canceling a job', () => {
  it.each([
    ['whose machine starts', { startMs: 60_000 }, 'true'],
    ['that cleans up', {}, 'false'],
  ])('%s ends it, and its machine is to be deleted', async (_step, place, command) => {
    const { service } = await stage.replica(place);
    const handle = await stage.project({
      '.gitlab-ci.yml': `a: { script: [${command}], after_script: [sleep 60] }`,
    });
    await service.run(stage.asked(handle), undefined);
    const machine = async () => {
      const { jobs } = await service.get(stage.asked(handle));
      const id = eq(pipelineJobs.id, jobs[0]?.id ?? stage.tenant.userId);
      return (await stage.db.select().from(pipelineJobs).where(id))[0]?.machineId;
    };
    await expect.poll(machine, stage.PATIENCE).toBeTruthy();
    const id = await machine();
    if (command === 'false')
      await expect.poll(() => stage.logOf(service, handle), stage.PATIENCE).toContain('$ sleep 60');

    await service.cancel(stage.asked(handle));

    expect(await stage.ended(service, handle)).toMatchObject({ status: 'canceled' });
    await expect
      .poll(
        async () =>
          (
            await stage.db
              .select()
              .from(workspaces)
              .where(eq(workspaces.id, id ?? ''))
          )[0]?.desiredState,
        stage.PATIENCE,
      )
      .toBe('deleted');
  });
});

describe('a build whose surroundings go away', () => {
  it('ends with its project', async () => {
    const started = await start(script('echo begun', 'sleep 60'));
    await untilPrinted(started, 'begun');

    await stage.db
      .update(projects)
      .set({ status: 'archived' })
      .where(eq(projects.id, started.handle));
    await started.onProjectRemoved();
    await nothingIsLeft();
    await stage.db.delete(projects).where(eq(projects.id, started.handle));
  });

  it('fails with its replica, on whichever comes next, and its machine is to be deleted', async () => {
    const started = await start(script('echo begun', 'sleep 60'));
    const { handle, service } = started;
    await untilPrinted(started, 'begun');
    const [machine] = await stage.machines();

    // As when it was killed: nobody but the database knows of it any more.
    await stage.db.delete(replicas).where(eq(replicas.id, started.id));
    const next = await stage.replica({ isStarted: false });
    await next.recover();

    const build = await service.get(stage.asked(handle));
    expect(build).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('spt-flow was restarted while it ran'),
      jobs: [{ status: 'failed' }],
    });
    const [row] = await stage.db
      .select({ desiredState: workspaces.desiredState })
      .from(workspaces)
      .where(eq(workspaces.id, machine ?? ''));
    expect(row).toEqual({ desiredState: 'deleted' });
  });

  it('fails where its end could not be stored, on the replica that ran it', async () => {
    const { service, id, onNotice } = await stage.replica({ isStarted: false });
    const handle = await stage.project(script('echo never'));
    const build = await service.run(stage.asked(handle), undefined);
    await stage.db
      .update(pipelines)
      .set({ status: 'running', replicaId: id })
      .where(eq(pipelines.id, build.id));

    onNotice();

    expect(await stage.ended(service, handle)).toMatchObject({ status: 'failed' });
  });

  it('fails when the control plane is stopped', async () => {
    const started = await start(script('echo begun', 'sleep 60'));
    await untilPrinted(started, 'begun');

    await started.close();

    expect(await started.service.get(stage.asked(started.handle))).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('run the build again'),
    });
    expect(await stage.machines()).toEqual([]);
  });
});

describe('two replicas', () => {
  it('run each build once, and of a project one at a time', async () => {
    const [one, other] = [await stage.replica(), await stage.replica()];
    const busy = await stage.project(script('sleep 0.2'));
    const calm = await stage.project(script('echo calm'));
    for (let count = 0; count < 3; count += 1) await one.service.run(stage.asked(busy), undefined);
    await other.service.run(stage.asked(calm), undefined);

    for (const handle of [busy, calm]) await stage.ended(one.service, handle);

    const { items } = await one.service.list(stage.asked(busy), { limit: 9 });
    expect(items.map(({ status }) => status)).toEqual(Array(3).fill('succeeded'));
    const times = items.map(({ startedAt, finishedAt }) => [startedAt, finishedAt]).reverse();
    expect(times.flat()).toEqual(times.flat().toSorted());
    const rows = await stage.db.select().from(pipelines).where(eq(pipelines.projectId, busy));
    expect(rows).toHaveLength(3);
  });
});
