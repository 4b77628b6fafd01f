import { eq } from 'drizzle-orm';
import { pipelineJobs, pipelineLogs, pipelines } from '@spt-flow/db/schema';
import { describe, expect, it } from 'vitest';
import { soon, stageForge } from './forge-stage.ts';
import { pushFiles } from './gitlab-git.ts';
import { addJob, addPipeline, addProject, type ModelPipeline } from './gitlab-model.ts';
import { TOKEN } from './gitlab-server.ts';
import { useForge } from './use-forge.ts';

const at = useForge();

describe('pipelines of GitLab', () => {
  function finish(pipeline: ModelPipeline, status: string, second: number): void {
    const at = new Date(Date.now() + second * 1000).toISOString();
    Object.assign(pipeline, { status, updated_at: at, finished_at: at, started_at: at });
  }
  const builds = () =>
    at.db
      .select()
      .from(pipelines)
      .where(eq(pipelines.projectId, at.own.project.id))
      .orderBy(pipelines.number);

  it('become builds with jobs and logs, each time that they are run', async () => {
    const remote = await at.connect();
    await at.own.change('app.js', 'one');
    await at.carry();
    await at.reaches('synced');

    const started = await at.forge.startPipeline(at.own.principal, at.own.project, {
      ...{ branch: 'main', correlationId: 'c' },
    });
    const pipeline = at.gitlab.model.pipelines[0];
    if (!pipeline) throw new Error('not started');
    expect(await builds()).toMatchObject([{ id: started.pipelineId, status: 'queued' }]);

    const trace = '\u001b[32msection_start:1:a\r\u001b[0Knpm test\r\n1 failed\n';
    for (const name of ['lint', 'test', 'deploy'])
      addJob(at.gitlab.model, pipeline.id, {
        ...{ name, status: name === 'test' ? 'failed' : 'success' },
        ...{ failure_reason: 'script_failure', trace },
      });
    finish(pipeline, 'failed', 1);
    await at.carry();
    await soon(async () => expect(await builds()).toMatchObject([{ status: 'failed' }]));
    const [build] = await builds();
    expect(build).toMatchObject({
      errorMessage: 'Failed: test (script_failure)',
      externalUrl: `https://gitlab.example/${remote.path_with_namespace}/-/pipelines/${pipeline.id}`,
    });
    await soon(async () => {
      const jobs = await at.db.select().from(pipelineJobs).orderBy(pipelineJobs.position);
      expect(jobs.map((job) => [job.name, job.status, job.logCoverage])).toEqual([
        ['lint', 'succeeded', 'whole'],
        ['test', 'failed', 'whole'],
        ['deploy', 'succeeded', 'whole'],
      ]);
    });
    expect((await at.db.select().from(pipelineLogs))[0]?.text).toBe('npm test\n1 failed\n');

    finish(pipeline, 'running', 2);
    pipeline.finished_at = null;
    await at.carry();
    await soon(async () =>
      expect(await builds()).toMatchObject([{ status: 'failed' }, { status: 'running' }]),
    );
    finish(pipeline, 'success', 3);
    await at.carry();
    await soon(async () =>
      expect(await builds()).toMatchObject([{ status: 'failed' }, { status: 'succeeded' }]),
    );
  });

  it('that were started elsewhere are found, and those of others are not', async () => {
    const remote = await at.connect();
    const commit = await pushFiles(at.gitlab.model, remote, {
      ...{ branch: 'main', message: 'x', files: { a: 'a' } },
    });
    const other = await addProject(at.gitlab.model, 'flow/other/app', null);
    finish(addPipeline(at.gitlab.model, other.id, { ref: 'main', sha: commit }), 'success', 1);
    for (const second of [1, 2, 3])
      finish(
        addPipeline(at.gitlab.model, remote.id, { ref: 'main', sha: commit }),
        'success',
        second,
      );

    await at.carry();

    await soon(async () => expect(await builds()).toHaveLength(3));
  });
});

describe('a GitLab that does not do its part', () => {
  it('keeps nobody waiting, and gets everything once it is back, by whatever process', async () => {
    at.gitlab.setFault(() => 'cut');
    at.forge.start();
    await at.forge.onCreated(at.own.project);
    await at.own.change('app.js', 'one');
    await at.forge.onCommitted(at.own.project.id);
    await soon(() => expect(at.forge.health()).toMatchObject({ state: 'failing' }));
    expect(await at.forge.link(at.own.project)).toMatchObject({
      ...{ state: 'waiting', detail: expect.stringContaining("can't be reached") },
    });
    await at.forge.close();
    at.gitlab.mend();
    at.stage.clock.offsetMs += 60_000;

    at.forge = at.stage.createOne();
    at.forge.start();

    await at.reaches('synced');
    const [remote] = at.gitlab.model.projects;
    expect(await at.inGitlab(remote?.path_with_namespace ?? '', 'main:app.js')).toBe('one');
  });

  it.each([
    ['refuses the token', { status: 401 }, /expired or was revoked/],
    [
      'wants another scope',
      { status: 403, body: '{"error":"insufficient_scope","scope":"api"}' },
      /lacks the scope api/,
    ],
    ['is another server', { status: 200, body: '<html>' }, /not the API of GitLab/],
    [
      'sends elsewhere',
      { status: 302, headers: { location: 'http://127.0.0.1:1/' } },
      /GITLAB_URL/,
    ],
    ['fails', { status: 502, body: `page with ${TOKEN}` }, /GitLab failed \(502\)/],
  ])('%s: says so', async (_what, answer, words) => {
    at.gitlab.setFault(() => answer);
    at.forge.start();
    await at.forge.onCreated(at.own.project);

    await soon(() => expect(at.forge.health().problem).toMatch(words));

    expect(JSON.stringify(await at.forge.link(at.own.project))).not.toContain(TOKEN);
  });

  it.each([
    [
      'scopes',
      () => at.gitlab.model.tokens.set(TOKEN, ['api', 'read_repository']),
      /write_repository/,
    ],
    ['an age', () => (at.gitlab.model.version = '15.11.0'), /15.11.0 is too old/],
    ['no group', () => at.gitlab.model.groups.splice(0), /no group "flow"/],
  ])('has %s that will not do: says what to change', async (_what, spoil, words) => {
    spoil();
    at.forge.start();

    await soon(() => expect(at.forge.health().problem).toMatch(words));

    expect(at.stage.words.join()).toMatch(words);
  });

  it('is left alone for as long as it asks', async () => {
    await at.connect();
    const fault = { status: 429, headers: { 'retry-after': '100' } };
    at.gitlab.setFault(({ path: place }) => (place.includes('/projects/') ? fault : undefined));
    await at.forge.onCommitted(at.own.project.id);
    await soon(() => expect(at.forge.health().problem).toContain('fewer requests'));
    at.gitlab.mend();
    const before = at.gitlab.calls.length;
    await at.forge.onCommitted(at.own.project.id);
    await at.forge.onCommitted(at.own.project.id);
    expect(at.gitlab.calls).toHaveLength(before);

    at.stage.clock.offsetMs += 130_000;
    await at.forge.onCommitted(at.own.project.id);

    await at.reaches('synced');
  });

  it('is too slow: that is said, and what only it can do is refused', async () => {
    const slow = await stageForge(at.db, at.gitlab, { timeoutMs: 100 });
    const impatient = slow.createOne();
    await at.connect();
    at.gitlab.setFault(() => 'hang');

    await expect(
      impatient.startPipeline(at.own.principal, at.own.project, {
        branch: 'main',
        correlationId: 'c',
      }),
    ).rejects.toMatchObject({
      code: 'forge_unavailable',
      message: expect.stringContaining('slow'),
    });

    at.gitlab.mend();
    await impatient.close();
    await slow.close();
  });
});
