import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { eq } from 'drizzle-orm';
import { pipelineArtifacts, pipelineJobs, pipelines } from '@spt-flow/db/schema';
import { describe, expect, it, onTestFinished } from 'vitest';
import { useBuildStage } from './build-stage.ts';
import { withoutAudit } from '../support/refused-audit.ts';

const stage = useBuildStage();

function pipeline(...jobs: string[]): Record<string, string> {
  return { '.gitlab-ci.yml': jobs.join('\n') };
}

describe('a build', () => {
  it('runs the jobs of its stages in order, on the files of the commit, and hands artifacts on', async () => {
    const { service } = await stage.replica();
    const handle = await stage.project({
      ...pipeline(
        'check: { stage: validate, script: [test -f package.json, cd / && test -f $CI_PROJECT_DIR/package.json], artifacts: { paths: [no] } }',
        'build:',
        '  stage: build',
        '  variables: { API_TOKEN: of the file }',
        '  script: [mkdir out, "echo $CI_COMMIT_BRANCH-$CI_JOB_NAME > out/made", "echo token $API_TOKEN"]',
        '  after_script: ["echo after $CI_JOB_STATUS"]',
        '  artifacts: { paths: ["out/*"] }',
        'test: { stage: test, script: [cat out/made, "false | true || echo pipefail"] }',
        'deploy: { stage: deploy, services: ["docker:28-dind"], script: [docker build .] }',
      ),
      'package.json': '{}',
    });

    await service.run(stage.asked(handle), undefined);
    const build = await stage.ended(service, handle);

    expect(build).toMatchObject({
      ...{ number: 1, status: 'succeeded', message: null, stage: null, title: 'Change it' },
      ...{ ref: 'main', trigger: 'person', requestedBy: 'Dana Developer' },
    });
    expect(build.jobs.map(({ name, status }) => `${name} ${status}`)).toEqual([
      'check succeeded',
      'build succeeded',
      'test succeeded',
      'deploy succeeded',
    ]);
    expect(build.jobs[3]).toMatchObject({ message: 'The app is online: [API_TOKEN]' });
    const log = await stage.logOf(service, handle);
    expect(log).toContain('$ test -f package.json\n');
    expect(log).toContain('token [API_TOKEN]\n');
    expect(log).not.toContain(stage.SECRET.value);
    expect(log).toContain('after success\n');
    expect(log).toContain('main-build\n');
    expect(log).toContain('\npipefail\n');
    expect(build.jobs.map(({ logCoverage }) => logCoverage)).toEqual(Array(4).fill('whole'));
    const { fileName, pieces } = await service.artifacts(
      stage.asked(handle),
      build.jobs[1]?.id ?? '',
    );
    expect(fileName).toBe('app-1-build.tar.gz');
    const archive: Buffer[] = [];
    for await (const piece of pieces) archive.push(piece);
    expect(Buffer.concat(archive).subarray(0, 2).toString('hex')).toBe('1f8b');
    await expect.poll(() => stage.machines(), stage.PATIENCE).toEqual([]);
  });

  it('stops at what fails, but for what may fail or cleans up, and says why', async () => {
    const { service } = await stage.replica();
    const handle = await stage.project(
      pipeline(
        'lint: { stage: validate, script: [exit 3], allow_failure: true }',
        'unit: { stage: test, script: ["echo expected 4, got 5", exit 7] }',
        'beside: { stage: test, script: [echo beside] }',
        'late: { stage: deploy, script: [echo never] }',
        'clean: { stage: deploy, script: [echo cleaned], when: always }',
        'by-hand: { stage: deploy, script: [echo no], when: manual }',
      ),
    );

    await service.run(stage.asked(handle), undefined);
    const build = await stage.ended(service, handle);

    expect(build.status).toBe('failed');
    expect(build.message).toContain('“unit” failed. A command failed with exit code 7');
    expect(build.message).toContain('expected 4, got 5');
    expect(build.jobs.map(({ status, exitCode }) => [status, exitCode])).toEqual([
      ['failed', 3],
      ['failed', 7],
      ['succeeded', 0],
      ['skipped', null],
      ['succeeded', 0],
      ['skipped', null],
    ]);
  });

  it('runs jobs beside each other that need not wait for one another', async () => {
    const { service } = await stage.replica();
    const meeting = await mkdtemp(path.join(tmpdir(), 'spt-flow-meeting-'));
    onTestFinished(() => rm(meeting, { recursive: true }));
    const meet = (own: string, other: string) =>
      `[touch ${meeting}/${own}, until test -e ${meeting}/${other}; do sleep 0.02; done]`;
    const handle = await stage.project(
      pipeline(
        'quick: { stage: build, script: [echo made > page], artifacts: { paths: [page] } }',
        `slow: { stage: build, script: ${meet('slow', 'early')} }`,
        `early: { stage: test, needs: [quick], script: [cat page, ${meet('early', 'slow')}] }`,
        'last: { stage: deploy, script: [test -f page] }',
      ),
    );

    await service.run(stage.asked(handle), undefined);

    expect(await stage.ended(service, handle)).toMatchObject({ status: 'succeeded' });
  });

  it('of a file with a mistake fails, and names the line', async () => {
    const { service } = await stage.replica();
    const handle = await stage.project(pipeline('a:', '  "scri\\0pts": [x]'));

    await service.run(stage.asked(handle), undefined);

    expect(await stage.ended(service, handle)).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('.gitlab-ci.yml:2:3: "scripts" is not supported in a job'),
      jobs: [],
    });
  });

  it('can’t be asked for where there is no such file, branch, or project of one’s own', async () => {
    const { service } = await stage.replica();
    const handle = await stage.project({ 'index.html': '<p>' });
    const stranger = { ...stage.tenant.principal, organizationId: stage.tenant.userId };

    await expect(service.run(stage.asked(handle), undefined)).rejects.toMatchObject({
      code: 'pipeline_missing',
    });
    await expect(service.run(stage.asked(handle), 'no')).rejects.toMatchObject({
      code: 'not_found',
    });
    const asked = stage.asked(handle, 'latest', stranger);
    for (const call of [
      () => service.run(asked, undefined),
      () => service.get(asked),
      () => service.cancel(asked),
      () => service.log(asked, { after: 0, limit: 1 }),
      () => service.setSettings(asked, { onPush: true }),
      () => service.retry(asked),
      () => service.artifacts(asked, stage.tenant.userId),
    ])
      await expect(call()).rejects.toMatchObject({ code: 'not_found' });
  });

  it('is not asked for, ended or set up when that can’t be written down', async () => {
    const { service } = await stage.replica({ isStarted: false });
    const handle = await stage.project(pipeline('a: { script: [echo a] }'));
    const asked = stage.asked(handle);
    await service.run(asked, undefined);
    const before = await service.list(asked, { limit: 9 });

    await withoutAudit(stage.db, async () => {
      for (const call of [
        () => service.run(asked, undefined),
        () => service.cancel(asked),
        () => service.setSettings(asked, { onPush: true }),
      ])
        await expect(call()).rejects.toThrow();
    });

    expect(await service.list(asked, { limit: 9 })).toEqual(before);
    expect(await service.settings(asked)).toEqual({ onPush: false });
    await service.cancel(asked);
    await expect(withoutAudit(stage.db, () => service.retry(asked))).rejects.toThrow();
    expect((await service.list(asked, { limit: 9 })).items).toHaveLength(1);
  });

  it('begins with a push to main where that is wanted; of those that wait only the newest is left', async () => {
    const builds = await stage.replica({ isStarted: false });
    const { service, onPush } = builds;
    const handle = await stage.project(pipeline('a: { script: [echo a] }'));
    const push = async (name: string) =>
      onPush(handle, { name, commit: await stage.commit(handle, pipeline('a: { script: [b] }')) });

    await push('main');
    expect((await service.list(stage.asked(handle), { limit: 9 })).items).toEqual([]);
    await service.setSettings(stage.asked(handle), { onPush: true });
    await push('try');
    await push('main');
    await push('main');

    const { items } = await service.list(stage.asked(handle), { limit: 9 });
    expect(items.map(({ status, trigger }) => [status, trigger])).toEqual([
      ['queued', 'push'],
      ['skipped', 'push'],
    ]);
  });

  it('begins as the app is put online', async () => {
    const { service, onPublished } = await stage.replica();
    const handle = await stage.project(pipeline('a: { script: [echo checked] }'));
    const { organizationId } = stage.tenant;

    await onPublished({ organizationId, projectId: handle, correlationId: 'publish-1' });

    expect(await stage.ended(service, handle)).toMatchObject({
      ...{ status: 'succeeded', trigger: 'publish', requestedBy: null },
    });
    const silent = await stage.project({ 'index.html': '<p>' });
    await onPublished({ organizationId, projectId: silent, correlationId: 'publish-2' });
    expect((await service.list(stage.asked(silent), { limit: 1 })).items).toEqual([]);
  });
});

describe('what is kept of builds', () => {
  const MEBIBYTE = 1024 * 1024;
  const files = pipeline('a: { script: [echo printed, touch made], artifacts: { paths: [made] } }');

  it('goes when it is too old, and where a project has too much of it', async () => {
    const { service, tidy } = await stage.replica();
    const handle = await stage.project(files);
    const build = async () => {
      await service.run(stage.asked(handle), undefined);
      return (await stage.ended(service, handle)).id;
    };
    const [old, large, newest] = [await build(), await build(), await build()];
    const jobs = (id: string) => eq(pipelineJobs.pipelineId, id);
    const long = new Date(Date.now() - 31 * 86_400_000);
    await stage.db.update(pipelines).set({ finishedAt: long }).where(eq(pipelines.id, old));
    await stage.db.update(pipelineJobs).set({ artifactsExpireAt: long }).where(jobs(old));
    const sized = { artifactBytes: 256 * MEBIBYTE, logBytes: 128 * MEBIBYTE };
    await stage.db.update(pipelineJobs).set(sized).where(jobs(large));

    await tidy();

    const { items } = await service.list(stage.asked(handle), { limit: 3 });
    expect(items.map(({ jobs: [job] }) => [job?.logCoverage, job?.artifacts !== null])).toEqual([
      ['whole', true],
      ['removed', false],
      ['removed', false],
    ]);
    expect(items[0]?.id).toBe(newest);
    const oldest = stage.asked(handle, '1');
    expect(await service.log(oldest, { after: 0, limit: 9 })).toEqual({ items: [], isWhole: true });
    await expect(service.artifacts(oldest, items[2]?.jobs[0]?.id ?? '')).rejects.toMatchObject({
      code: 'not_found',
    });
    expect(await stage.db.$count(pipelineArtifacts)).toBeGreaterThan(0);
  });
});
