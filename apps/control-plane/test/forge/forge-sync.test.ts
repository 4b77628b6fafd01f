import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { eq } from 'drizzle-orm';
import { pipelineJobs, pipelineLogs, pipelines, projects } from '@spt-flow/db/schema';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Forge } from '../../src/features/forge/index.ts';
import { useDatabases } from '../support/database.ts';
import { soon, stageForge, type ForgeStage } from './forge-stage.ts';
import { pushFiles, readFileOf } from './gitlab-git.ts';
import { addJob, addPipeline, addProject, type ModelPipeline } from './gitlab-model.ts';
import { serveGitlab, TOKEN, type GitlabServer } from './gitlab-server.ts';

type Project = Awaited<ReturnType<ForgeStage['addProject']>>;

const newDatabase = useDatabases();
let db: Awaited<ReturnType<typeof newDatabase>>['db'];
let gitlab: GitlabServer;
let stage: ForgeStage;
let forge: Forge;
let own: Project;

beforeAll(async () => {
  ({ db } = await newDatabase());
});
beforeEach(async () => {
  gitlab = await serveGitlab();
  stage = await stageForge(db, gitlab);
  forge = stage.createOne();
  own = await stage.addProject();
});
afterEach(async () => {
  await forge.close();
  await stage.close();
  await gitlab.close();
  expect(JSON.stringify([stage.errors.map(String), stage.words])).not.toContain(TOKEN);
  expect(stage.errors).toEqual([]);
});

/** Waits until the project is in a state, and returns what people see of it. */
async function reaches(state: string, project = own) {
  return soon(async () => {
    const link = await forge.link(project.project);
    expect(link).toMatchObject({ state });
    return link;
  });
}

async function connect(project = own) {
  forge.start();
  await forge.onCreated(project.project);
  await reaches('synced', project);
  const remote = gitlab.model.projects.at(-1);
  if (!remote) throw new Error('not created');
  return remote;
}

async function carry(): Promise<void> {
  await forge.sync(own.principal, own.project, 'correlation');
}

function inGitlab(place: string, object: string): Promise<string> {
  return readFileOf(gitlab.model, place, object);
}

describe('a project that is kept in GitLab', () => {
  it('gets a project in the group of its organization, with a hook of its own, and its commits', async () => {
    const remote = await connect();

    await own.change('app.js', 'one');
    await forge.onCommitted(own.project.id);

    const place = remote.path_with_namespace;
    await soon(async () => expect(await inGitlab(place, 'main:app.js')).toBe('one'));
    expect(place).toMatch(/^flow\/tenant-[0-9a-f]+\/project-[0-9a-f]+$/);
    const link = await forge.link(own.project);
    expect(link).toMatchObject({
      ...{ kind: 'gitlab', url: `https://gitlab.example/${place}`, isTold: true },
      cloneUrl: `https://gitlab.example/${place}.git`,
    });
    expect(gitlab.model.hooks).toMatchObject([
      { url: `https://flow.example/api/v1/forge/hooks/${own.project.id}` },
    ]);
    expect(await forge.status(own.project.organizationId)).toMatchObject({
      ...{ state: 'connected', version: '19.5.1-ce.0', problem: null },
      projects: { waiting: 0, failing: 0, diverged: 0 },
    });
  });

  it('takes over what others push there, into the running workspace too', async () => {
    const remote = await connect();
    await own.change('app.js', 'one');
    await carry();
    await reaches('synced');

    const commit = await pushFiles(gitlab.model, remote, {
      ...{ branch: 'main', message: 'From elsewhere', files: { 'docs/new.md': 'new' } },
    });
    await carry();

    await soon(async () => expect(await own.inWorkspace('rev-parse', 'HEAD')).toBe(commit));
    expect(await own.inWorkspace('show', 'HEAD:docs/new.md')).toBe('new');
    expect(await own.inWorkspace('status', '--porcelain')).toBe('');
  });

  it('tells of a branch that went two ways, loses neither, and goes on once somebody merged', async () => {
    const remote = await connect();
    await own.change('app.js', 'one');
    await carry();
    await reaches('synced');
    await pushFiles(gitlab.model, remote, {
      ...{ branch: 'main', message: 'Theirs', files: { 'theirs.txt': 'theirs' } },
    });
    const ours = await own.change('ours.txt', 'ours');
    await carry();

    const link = await reaches('diverged');

    expect(link.diverged).toEqual(['main']);
    expect(link.detail).toContain('git merge gitlab/main');
    expect(await inGitlab(remote.path_with_namespace, 'main:theirs.txt')).toBe('theirs');
    expect(await own.inWorkspace('rev-parse', 'HEAD')).toBe(ours);

    await own.inWorkspace('merge', '--quiet', '-m', 'Both', 'gitlab/main');
    await carry();
    await reaches('synced');
    expect(await inGitlab(remote.path_with_namespace, 'main:ours.txt')).toBe('ours');
  });

  it('has its removed branches left alone, and its protected ones told of', async () => {
    const remote = await connect();
    await own.change('app.js', 'one');
    await own.inWorkspace('branch', 'feature');
    await carry();
    await reaches('synced');
    const bare = path.join(gitlab.folder, `${remote.path_with_namespace}.git`);
    await own.inWorkspace('push', '--quiet', bare, ':feature');
    await writeFile(path.join(bare, 'hooks', 'pre-receive'), '#!/bin/sh\nexit 1\n', {
      mode: 0o755,
    });
    await own.change('app.js', 'two');
    await carry();

    const link = await reaches('failing');

    expect(link.detail).toContain('main (pre-receive hook declined)');
    await expect(inGitlab(remote.path_with_namespace, 'feature:app.js')).rejects.toThrow();
  });

  it('has its tags on both sides, none of which moves or comes back', async () => {
    const remote = await connect();
    const bare = path.join(gitlab.folder, `${remote.path_with_namespace}.git`);
    const first = await own.change('app.js', 'one');
    await own.inWorkspace('tag', '--annotate', '-m', 'First', 'ours/v1');
    await own.inWorkspace('tag', 'both');
    await own.inWorkspace('tag', 'gone');
    await own.change('app.js', 'two');
    await own.inWorkspace('push', '--quiet', bare, 'HEAD:refs/tags/both');
    const theirs = await pushFiles(gitlab.model, remote, {
      ...{ branch: 'elsewhere', message: 'There', files: { 'there.txt': 'x' } },
    });
    const inBare = (...args: string[]) => own.inWorkspace('--git-dir', bare, ...args);
    await inBare('tag', '--annotate', '-m', 'Theirs', 'theirs', theirs);
    await carry();

    await soon(async () =>
      expect(await own.inWorkspace('rev-parse', 'theirs^{commit}')).toBe(theirs),
    );
    expect(await inBare('rev-parse', 'ours/v1^{commit}')).toBe(first);
    expect(await own.inWorkspace('rev-parse', 'both')).toBe(first);
    expect(await inBare('rev-parse', 'both')).not.toBe(first);
    expect((await reaches('synced')).detail).toMatch(/neither is moved: both$/);

    await inBare('tag', '--delete', 'gone');
    await own.inWorkspace('tag', '--force', 'ours/v1');
    await carry();
    await soon(async () => expect((await forge.link(own.project)).state).toBe('synced'));
    expect(await inBare('tag', '--list')).toBe('both\nours/v1\ntheirs');
    expect(await inBare('rev-parse', 'ours/v1^{commit}')).toBe(first);
  });

  it('leaves a branch alone that was taken back there, or has another in its way', async () => {
    const remote = await connect();
    const place = remote.path_with_namespace;
    const bare = path.join(gitlab.folder, `${place}.git`);
    const first = await own.change('app.js', 'one');
    await own.change('app.js', 'secret');
    await own.inWorkspace('branch', 'feature');
    await carry();
    await reaches('synced');
    await own.inWorkspace('push', '--quiet', '--force', bare, `${first}:refs/heads/main`);
    await own.inWorkspace('push', '--quiet', bare, ':feature');
    await own.inWorkspace('push', '--quiet', bare, `${first}:refs/heads/feature/a`);

    for (let visit = 1; visit <= 3; visit += 1) {
      await carry();
      await reaches('synced');
      expect(await inGitlab(place, 'main:app.js')).toBe('one');
    }

    await own.change('app.js', 'three');
    await carry();
    await soon(async () => expect(await inGitlab(place, 'main:app.js')).toBe('three'));
  });

  it('finds what it made when an answer was lost, and leaves what others made', async () => {
    const [row] = await db.select().from(projects).where(eq(projects.id, own.project.id));
    const slug = row?.slug ?? '';
    forge.start();
    const first = await connect();
    const [group = ''] = first.path_with_namespace.split(`/${slug}`);
    await db.update(projects).set({ gitlabProjectId: null }).where(eq(projects.id, own.project.id));
    await carry();
    await reaches('synced');
    expect(gitlab.model.projects).toHaveLength(1);

    first.description = 'of somebody else';
    await db.update(projects).set({ gitlabProjectId: null }).where(eq(projects.id, own.project.id));
    await carry();
    await soon(() => expect(gitlab.model.projects).toHaveLength(2));

    await reaches('synced');
    expect(gitlab.model.projects[1]?.path_with_namespace).toBe(
      `${group}/${slug}-${own.project.id.slice(0, 8)}`,
    );
  });

  it('is told to be gone when it was removed there, and made anew when somebody asks', async () => {
    await connect();
    gitlab.model.projects.pop();
    await forge.onCommitted(own.project.id);

    expect((await reaches('failing')).detail).toContain('not in GitLab any more');

    await carry();
    await reaches('synced');
    expect(gitlab.model.projects).toHaveLength(1);
  });

  it('is polled where GitLab takes no hook, and its files can be committed as one', async () => {
    gitlab.model.blocksHooks = true;
    const remote = await connect();
    expect(await forge.link(own.project)).toMatchObject({ state: 'synced', isTold: false });
    await own.change('app.js', 'one');
    await own.change('old.js', 'old');
    await carry();
    await reaches('synced');
    const commit = {
      ...{ branch: 'main', message: 'Several' },
      files: [
        { path: 'app.js', content: 'two' },
        { path: 'old.js', content: null },
        { path: '.gitlab-ci.yml', content: 'stages: []' },
      ],
    };

    const made = await forge.commit(own.principal, own.project, { commit, correlationId: 'c' });

    await soon(async () => expect(await own.inWorkspace('rev-parse', 'HEAD')).toBe(made));
    expect(await own.inWorkspace('ls-tree', '-r', '--name-only', 'HEAD')).toBe(
      '.gitlab-ci.yml\napp.js',
    );
    await pushFiles(gitlab.model, remote, {
      ...{ branch: 'main', message: 'Meanwhile', files: { 'app.js': 'three' } },
    });
    await expect(
      forge.commit(own.principal, own.project, { commit, correlationId: 'c' }),
    ).rejects.toMatchObject({ code: 'conflict' });
    expect(await inGitlab(remote.path_with_namespace, 'main:app.js')).toBe('three');
  });
});

describe('pipelines of GitLab', () => {
  function finish(pipeline: ModelPipeline, status: string, second: number): void {
    const at = new Date(Date.now() + second * 1000).toISOString();
    Object.assign(pipeline, { status, updated_at: at, finished_at: at, started_at: at });
  }
  const builds = () =>
    db
      .select()
      .from(pipelines)
      .where(eq(pipelines.projectId, own.project.id))
      .orderBy(pipelines.number);

  it('become builds with jobs and logs, each time that they are run', async () => {
    const remote = await connect();
    await own.change('app.js', 'one');
    await carry();
    await reaches('synced');

    const started = await forge.startPipeline(own.principal, own.project, {
      ...{ branch: 'main', correlationId: 'c' },
    });
    const pipeline = gitlab.model.pipelines[0];
    if (!pipeline) throw new Error('not started');
    expect(await builds()).toMatchObject([{ id: started.pipelineId, status: 'queued' }]);

    const trace = '\u001b[32msection_start:1:a\r\u001b[0Knpm test\r\n1 failed\n';
    for (const name of ['lint', 'test', 'deploy'])
      addJob(gitlab.model, pipeline.id, {
        ...{ name, status: name === 'test' ? 'failed' : 'success' },
        ...{ failure_reason: 'script_failure', trace },
      });
    finish(pipeline, 'failed', 1);
    await carry();
    await soon(async () => expect(await builds()).toMatchObject([{ status: 'failed' }]));
    const [build] = await builds();
    expect(build).toMatchObject({
      errorMessage: 'Failed: test (script_failure)',
      externalUrl: `https://gitlab.example/${remote.path_with_namespace}/-/pipelines/${pipeline.id}`,
    });
    await soon(async () => {
      const jobs = await db.select().from(pipelineJobs).orderBy(pipelineJobs.position);
      expect(jobs.map((job) => [job.name, job.status, job.logCoverage])).toEqual([
        ['lint', 'succeeded', 'whole'],
        ['test', 'failed', 'whole'],
        ['deploy', 'succeeded', 'whole'],
      ]);
    });
    expect((await db.select().from(pipelineLogs))[0]?.text).toBe('npm test\n1 failed\n');

    finish(pipeline, 'running', 2);
    pipeline.finished_at = null;
    await carry();
    await soon(async () =>
      expect(await builds()).toMatchObject([{ status: 'failed' }, { status: 'running' }]),
    );
    finish(pipeline, 'success', 3);
    await carry();
    await soon(async () =>
      expect(await builds()).toMatchObject([{ status: 'failed' }, { status: 'succeeded' }]),
    );
  });

  it('that were started elsewhere are found, and those of others are not', async () => {
    const remote = await connect();
    const commit = await pushFiles(gitlab.model, remote, {
      ...{ branch: 'main', message: 'x', files: { a: 'a' } },
    });
    const other = await addProject(gitlab.model, 'flow/other/app', null);
    finish(addPipeline(gitlab.model, other.id, { ref: 'main', sha: commit }), 'success', 1);
    for (const second of [1, 2, 3])
      finish(addPipeline(gitlab.model, remote.id, { ref: 'main', sha: commit }), 'success', second);

    await carry();

    await soon(async () => expect(await builds()).toHaveLength(3));
  });
});

describe('a GitLab that does not do its part', () => {
  it('keeps nobody waiting, and gets everything once it is back, by whatever process', async () => {
    gitlab.setFault(() => 'cut');
    forge.start();
    await forge.onCreated(own.project);
    await own.change('app.js', 'one');
    await forge.onCommitted(own.project.id);
    await soon(() => expect(forge.health()).toMatchObject({ state: 'failing' }));
    expect(await forge.link(own.project)).toMatchObject({
      ...{ state: 'waiting', detail: expect.stringContaining("can't be reached") },
    });
    await forge.close();
    gitlab.mend();
    stage.clock.offsetMs += 60_000;

    forge = stage.createOne();
    forge.start();

    await reaches('synced');
    const [remote] = gitlab.model.projects;
    expect(await inGitlab(remote?.path_with_namespace ?? '', 'main:app.js')).toBe('one');
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
    gitlab.setFault(() => answer);
    forge.start();
    await forge.onCreated(own.project);

    await soon(() => expect(forge.health().problem).toMatch(words));

    expect(JSON.stringify(await forge.link(own.project))).not.toContain(TOKEN);
  });

  it.each([
    [
      'scopes',
      () => gitlab.model.tokens.set(TOKEN, ['api', 'read_repository']),
      /write_repository/,
    ],
    ['an age', () => (gitlab.model.version = '15.11.0'), /15.11.0 is too old/],
    ['no group', () => gitlab.model.groups.splice(0), /no group "flow"/],
  ])('has %s that will not do: says what to change', async (_what, spoil, words) => {
    spoil();
    forge.start();

    await soon(() => expect(forge.health().problem).toMatch(words));

    expect(stage.words.join()).toMatch(words);
  });

  it('is left alone for as long as it asks', async () => {
    await connect();
    const fault = { status: 429, headers: { 'retry-after': '100' } };
    gitlab.setFault(({ path: place }) => (place.includes('/projects/') ? fault : undefined));
    await forge.onCommitted(own.project.id);
    await soon(() => expect(forge.health().problem).toContain('fewer requests'));
    gitlab.mend();
    const before = gitlab.calls.length;
    await forge.onCommitted(own.project.id);
    await forge.onCommitted(own.project.id);
    expect(gitlab.calls).toHaveLength(before);

    stage.clock.offsetMs += 130_000;
    await forge.onCommitted(own.project.id);

    await reaches('synced');
  });

  it('is too slow: that is said, and what only it can do is refused', async () => {
    const slow = await stageForge(db, gitlab, { timeoutMs: 100 });
    const impatient = slow.createOne();
    await connect();
    gitlab.setFault(() => 'hang');

    await expect(
      impatient.startPipeline(own.principal, own.project, { branch: 'main', correlationId: 'c' }),
    ).rejects.toMatchObject({
      code: 'forge_unavailable',
      message: expect.stringContaining('slow'),
    });

    gitlab.mend();
    await impatient.close();
    await slow.close();
  });
});
