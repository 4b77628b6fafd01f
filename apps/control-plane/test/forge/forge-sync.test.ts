import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { eq } from 'drizzle-orm';
import { projects } from '@spt-flow/db/schema';
import { describe, expect, it } from 'vitest';
import { soon } from './forge-stage.ts';
import { pushFiles } from './gitlab-git.ts';
import { useForge } from './use-forge.ts';

const at = useForge();

describe('a project that is kept in GitLab', () => {
  it('gets a project in the group of its organization, with a hook of its own, and its commits', async () => {
    const remote = await at.connect();

    await at.own.change('app.js', 'one');
    await at.forge.onCommitted(at.own.project.id);

    const place = remote.path_with_namespace;
    await soon(async () => expect(await at.inGitlab(place, 'main:app.js')).toBe('one'));
    expect(place).toMatch(/^flow\/tenant-[0-9a-f]+\/project-[0-9a-f]+$/);
    const link = await at.forge.link(at.own.project);
    expect(link).toMatchObject({
      ...{ kind: 'gitlab', url: `https://gitlab.example/${place}`, isTold: true },
      cloneUrl: `https://gitlab.example/${place}.git`,
    });
    expect(at.gitlab.model.hooks).toMatchObject([
      { url: `https://flow.example/api/v1/forge/hooks/${at.own.project.id}` },
    ]);
    expect(await at.forge.status(at.own.project.organizationId)).toMatchObject({
      ...{ state: 'connected', version: '19.5.1-ce.0', problem: null },
      projects: { waiting: 0, failing: 0, diverged: 0 },
    });
  });

  it('takes over what others push there, into the running workspace too', async () => {
    const remote = await at.connect();
    await at.own.change('app.js', 'one');
    await at.carry();
    await at.reaches('synced');

    const commit = await pushFiles(at.gitlab.model, remote, {
      ...{ branch: 'main', message: 'From elsewhere', files: { 'docs/new.md': 'new' } },
    });
    await at.carry();

    await soon(async () => expect(await at.own.inWorkspace('rev-parse', 'HEAD')).toBe(commit));
    expect(await at.own.inWorkspace('show', 'HEAD:docs/new.md')).toBe('new');
    expect(await at.own.inWorkspace('status', '--porcelain')).toBe('');
  });

  it('tells of a branch that went two ways, loses neither, and goes on once somebody merged', async () => {
    const remote = await at.connect();
    await at.own.change('app.js', 'one');
    await at.carry();
    await at.reaches('synced');
    await pushFiles(at.gitlab.model, remote, {
      ...{ branch: 'main', message: 'Theirs', files: { 'theirs.txt': 'theirs' } },
    });
    const ours = await at.own.change('ours.txt', 'ours');
    await at.carry();

    const link = await at.reaches('diverged');

    expect(link.diverged).toEqual(['main']);
    expect(link.detail).toContain('git merge gitlab/main');
    expect(await at.inGitlab(remote.path_with_namespace, 'main:theirs.txt')).toBe('theirs');
    expect(await at.own.inWorkspace('rev-parse', 'HEAD')).toBe(ours);

    await at.own.inWorkspace('merge', '--quiet', '-m', 'Both', 'gitlab/main');
    await at.carry();
    await at.reaches('synced');
    expect(await at.inGitlab(remote.path_with_namespace, 'main:ours.txt')).toBe('ours');
  });

  it('has its removed branches left alone, and its protected ones told of', async () => {
    const remote = await at.connect();
    await at.own.change('app.js', 'one');
    await at.own.inWorkspace('branch', 'feature');
    await at.carry();
    await at.reaches('synced');
    const bare = path.join(at.gitlab.folder, `${remote.path_with_namespace}.git`);
    await at.own.inWorkspace('push', '--quiet', bare, ':feature');
    await writeFile(path.join(bare, 'hooks', 'pre-receive'), '#!/bin/sh\nexit 1\n', {
      mode: 0o755,
    });
    await at.own.change('app.js', 'two');
    await at.carry();

    const link = await at.reaches('failing');

    expect(link.detail).toContain('main (pre-receive hook declined)');
    await expect(at.inGitlab(remote.path_with_namespace, 'feature:app.js')).rejects.toThrow();
  });

  it('has its tags on both sides, none of which moves or comes back', async () => {
    const remote = await at.connect();
    const bare = path.join(at.gitlab.folder, `${remote.path_with_namespace}.git`);
    const first = await at.own.change('app.js', 'one');
    await at.own.inWorkspace('tag', '--annotate', '-m', 'First', 'ours/v1');
    await at.own.inWorkspace('tag', 'both');
    await at.own.inWorkspace('tag', 'gone');
    await at.own.change('app.js', 'two');
    await at.own.inWorkspace('push', '--quiet', bare, 'HEAD:refs/tags/both');
    const theirs = await pushFiles(at.gitlab.model, remote, {
      ...{ branch: 'elsewhere', message: 'There', files: { 'there.txt': 'x' } },
    });
    const inBare = (...args: string[]) => at.own.inWorkspace('--git-dir', bare, ...args);
    await inBare('tag', '--annotate', '-m', 'Theirs', 'theirs', theirs);
    await at.carry();

    await soon(async () =>
      expect(await at.own.inWorkspace('rev-parse', 'theirs^{commit}')).toBe(theirs),
    );
    expect(await inBare('rev-parse', 'ours/v1^{commit}')).toBe(first);
    expect(await at.own.inWorkspace('rev-parse', 'both')).toBe(first);
    expect(await inBare('rev-parse', 'both')).not.toBe(first);
    expect((await at.reaches('synced')).detail).toMatch(/neither is moved: both$/);

    await inBare('tag', '--delete', 'gone');
    await at.own.inWorkspace('tag', '--force', 'ours/v1');
    await at.carry();
    await soon(async () => expect((await at.forge.link(at.own.project)).state).toBe('synced'));
    expect(await inBare('tag', '--list')).toBe('both\nours/v1\ntheirs');
    expect(await inBare('rev-parse', 'ours/v1^{commit}')).toBe(first);
  });

  it('is told which names exclude each other, and has all others carried', async () => {
    const remote = await at.connect();
    const bare = path.join(at.gitlab.folder, `${remote.path_with_namespace}.git`);
    await at.own.change('app.js', 'one');
    for (const tag of ['here', 'there/a', 'fine']) await at.own.inWorkspace('tag', tag);
    await at.own.inWorkspace('branch', 'feature');
    for (const ref of ['tags/here/a', 'tags/there', 'tags/good', 'heads/feature/a'])
      await at.own.inWorkspace('push', '--quiet', bare, `HEAD:refs/${ref}`);
    await at.own.change('app.js', 'two');
    await at.carry();

    await soon(async () => expect(await at.own.inWorkspace('tag', '--list', 'good')).toBe('good'));
    const { detail } = await at.reaches('synced');
    expect(detail).toContain(
      'stay where they are: feature, feature/a, tag here/a, tag there, tag here, tag there/a. Rename',
    );
    expect(await at.own.inWorkspace('--git-dir', bare, 'tag', '--list')).toBe(
      'fine\ngood\nhere/a\nthere',
    );
  });

  it('leaves a branch alone that was taken back there, or has another in its way', async () => {
    const remote = await at.connect();
    const place = remote.path_with_namespace;
    const bare = path.join(at.gitlab.folder, `${place}.git`);
    const first = await at.own.change('app.js', 'one');
    await at.own.change('app.js', 'secret');
    await at.own.inWorkspace('branch', 'feature');
    await at.carry();
    await at.reaches('synced');
    await at.own.inWorkspace('push', '--quiet', '--force', bare, `${first}:refs/heads/main`);
    await at.own.inWorkspace('push', '--quiet', bare, ':feature');
    await at.own.inWorkspace('push', '--quiet', bare, `${first}:refs/heads/feature/a`);

    for (let visit = 1; visit <= 3; visit += 1) {
      await at.carry();
      await at.reaches('synced');
      expect(await at.inGitlab(place, 'main:app.js')).toBe('one');
    }

    await at.own.change('app.js', 'three');
    await at.carry();
    await soon(async () => expect(await at.inGitlab(place, 'main:app.js')).toBe('three'));
  });

  it('finds what it made when an answer was lost, and leaves what others made', async () => {
    const [row] = await at.db.select().from(projects).where(eq(projects.id, at.own.project.id));
    const slug = row?.slug ?? '';
    at.forge.start();
    const first = await at.connect();
    const [group = ''] = first.path_with_namespace.split(`/${slug}`);
    await at.db
      .update(projects)
      .set({ gitlabProjectId: null })
      .where(eq(projects.id, at.own.project.id));
    await at.carry();
    await at.reaches('synced');
    expect(at.gitlab.model.projects).toHaveLength(1);

    first.description = 'of somebody else';
    await at.db
      .update(projects)
      .set({ gitlabProjectId: null })
      .where(eq(projects.id, at.own.project.id));
    await at.carry();
    await soon(() => expect(at.gitlab.model.projects).toHaveLength(2));

    await at.reaches('synced');
    expect(at.gitlab.model.projects[1]?.path_with_namespace).toBe(
      `${group}/${slug}-${at.own.project.id.slice(0, 8)}`,
    );
  });

  it('is told to be gone when it was removed there, and made anew when somebody asks', async () => {
    await at.connect();
    at.gitlab.model.projects.pop();
    await at.forge.onCommitted(at.own.project.id);

    expect((await at.reaches('failing')).detail).toContain('not in GitLab any more');

    await at.carry();
    await at.reaches('synced');
    expect(at.gitlab.model.projects).toHaveLength(1);
  });

  it('is polled where GitLab takes no hook, and its files can be committed as one', async () => {
    at.gitlab.model.blocksHooks = true;
    const remote = await at.connect();
    expect(await at.forge.link(at.own.project)).toMatchObject({ state: 'synced', isTold: false });
    await at.own.change('app.js', 'one');
    await at.own.change('old.js', 'old');
    await at.carry();
    await at.reaches('synced');
    const commit = {
      ...{ branch: 'main', message: 'Several' },
      files: [
        { path: 'app.js', content: 'two' },
        { path: 'old.js', content: null },
        { path: '.gitlab-ci.yml', content: 'stages: []' },
      ],
    };

    const made = await at.forge.commit(at.own.principal, at.own.project, {
      commit,
      correlationId: 'c',
    });

    await soon(async () => expect(await at.own.inWorkspace('rev-parse', 'HEAD')).toBe(made));
    expect(await at.own.inWorkspace('ls-tree', '-r', '--name-only', 'HEAD')).toBe(
      '.gitlab-ci.yml\napp.js',
    );
    await pushFiles(at.gitlab.model, remote, {
      ...{ branch: 'main', message: 'Meanwhile', files: { 'app.js': 'three' } },
    });
    await expect(
      at.forge.commit(at.own.principal, at.own.project, { commit, correlationId: 'c' }),
    ).rejects.toMatchObject({ code: 'conflict' });
    expect(await at.inGitlab(remote.path_with_namespace, 'main:app.js')).toBe('three');
  });
});
