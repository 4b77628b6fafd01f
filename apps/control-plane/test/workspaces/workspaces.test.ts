import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { auditLog } from '@spt-flow/db/schema';
import { TransitionSchema, WorkspaceSchema } from '@spt-flow/shared/api/workspaces';
import { findMarked } from '../../src/features/providers/local/leftovers.ts';
import { useLifecycle } from './lifecycle.ts';
import { listenOn, listenSilently } from './listeners.ts';
import { seedTenant } from './seed.ts';
import { portOf } from '../support/ports.ts';

const context = useLifecycle();
const { exec, project, restart, running } = context;

describe('a start', () => {
  it('ends with a connected agent, an empty repository, and a timeline of its steps', async () => {
    const id = await running({ name: 'cafe' });

    const { service } = context.server.workspaces;
    const workspace = await service.get(context.tenant.principal, 'cafe');
    expect(WorkspaceSchema.parse(workspace)).toMatchObject({
      id,
      actualState: 'running',
      failure: null,
      warnings: [],
      ownerName: 'Dana Developer',
      agent: { online: true, version: expect.any(String) },
    });
    expect((await exec(id, 'git symbolic-ref HEAD; pwd; ls -A; printenv SHARED_BY')).stdout).toBe(
      'refs/heads/main\n/workspace\n.git\nthe operator\n',
    );
    await vi.waitFor(async () => {
      const { items } = await service.timeline(context.tenant.principal, 'cafe', { limit: 10 });
      expect(
        items
          .map((item) => TransitionSchema.parse(item))
          .map(({ kind, state, steps }) => [
            kind,
            state,
            steps.map((step) => `${step.name} ${step.state}`),
          ]),
      ).toEqual([
        [
          'start',
          'done',
          [
            'Wait for a free place done',
            'Start the machine done',
            'Connect to it done',
            'Prepare the project done',
            'Check that it answers done',
          ],
        ],
      ]);
    });
    expect(await context.server.logTexts(id, 'start')).toEqual([
      expect.stringMatching(/^Ready after \d+\.\d s$/),
    ]);
  });

  it('tells live what happens, in order', async () => {
    const id = await running();
    await context.server.workspaces.service.settled(id);

    const states = context.server.events.flatMap(({ event }) =>
      event.type === 'workspace.changed' ? [event.workspace.actualState] : [],
    );
    expect([...new Set(states)]).toEqual(['starting', 'running']);
    expect(new Set(context.server.events.map(({ topic }) => topic))).toEqual(
      new Set([`organization:${context.tenant.organizationId}`]),
    );
    const last = context.server.events.findLast(
      ({ event }) => event.type === 'transition.changed',
    )?.event;
    expect(last).toMatchObject({ workspaceId: id, transition: { state: 'done' } });
  });

  it('reports what the agent says about itself', async () => {
    const id = await running();

    await vi.waitFor(
      async () => {
        const { agent } = await context.server.workspaces.service.get(context.tenant.principal, id);
        expect(agent.rssBytes).toBeGreaterThan(1024 * 1024);
      },
      { timeout: 15_000 },
    );
  });

  it('gives each workspace a name of its own, a port of its own and host names of its own', async () => {
    const ids = await Promise.all([running({ name: 'one' }), running({ name: 'two' })]);
    const ports = await Promise.all(ids.map(async (id) => (await context.server.row(id)).appPort));
    expect(new Set(ports).size).toBe(2);

    await expect(context.server.create(context.tenant, { name: 'one' })).rejects.toMatchObject({
      code: 'name_taken',
    });
    const other = await seedTenant(context.database.db);
    const third = await context.server.create(other, { name: 'one' });

    const rows = await Promise.all([ids[0], third].map((id) => context.server.row(id)));
    expect(rows.map(({ hostLabel }) => hostLabel)).toEqual(['one', 'one-2']);
  });

  it('uses the history that a seed hook brings instead of an empty repository', async () => {
    context.server.workspaces.registerSeedHook(async (workspace) => {
      await exec(workspace.id, 'git init -q -b main && echo kept > kept.txt');
      return true;
    });

    const id = await running();

    expect(await readFile(path.join(project(id), 'kept.txt'), 'utf8')).toBe('kept\n');
  });

  it('runs ready hooks each time, and goes on when one fails', async () => {
    const ready: string[] = [];
    context.server.workspaces.registerReadyHook(async () => {
      throw new Error('the app does not start');
    });
    context.server.workspaces.registerReadyHook(
      async (workspace) => void ready.push((await exec(workspace.id, 'echo $HOME')).stdout),
    );

    const id = await running();
    await vi.waitFor(() => expect(ready).toEqual(['/home/dev\n']));
    await context.server.workspaces.service.stop(context.tenant.principal, id, 'test');
    await context.server.untilState(id, 'stopped');
    await context.server.workspaces.service.start(context.tenant.principal, id, 'test');

    await vi.waitFor(() => expect(ready).toHaveLength(2), { timeout: 10_000 });
    expect(await context.server.logTexts(id, 'start')).toContain('the app does not start');
  });

  it('moves the app to another port when something else took it meanwhile', async () => {
    const id = await running();
    await context.server.workspaces.service.stop(context.tenant.principal, id, 'test');
    await context.server.untilState(id, 'stopped');
    const { appPort } = await context.server.row(id);
    const thief = await listenOn(appPort);

    await context.server.workspaces.service.ensureReady(id, { correlationId: 'test' });

    expect((await context.server.row(id)).appPort).not.toBe(appPort);
    thief.close();
  });

  it('that takes too long fails with the reason, leaves nothing running, and can be repeated', async () => {
    await context.server.close();
    await restart({ deadlineSeconds: { start: 0.01 }, firstRetryMs: 1 });
    const id = await context.server.create(context.tenant);

    await context.server.untilState(id, 'failed');
    await expect(
      context.server.workspaces.service.ensureReady(id, { correlationId: 'x' }),
    ).rejects.toMatchObject({ code: 'workspace_start_failed' });

    expect((await context.server.row(id)).failure).toMatch(/not done within 0.01 seconds/);
    await context.server.close();
    await restart();
    await context.server.untilState(id, 'running');
  });
});

describe('stop, start and delete', () => {
  it('keep the files over stop and start, and end all processes meanwhile', async () => {
    const id = await running();
    await exec(
      id,
      'echo mine > mine.txt; echo home > ~/home.txt; setsid sleep 1000 >/dev/null 2>&1 &',
    );

    await context.server.workspaces.service.stop(context.tenant.principal, id, 'test');
    await context.server.untilState(id, 'stopped');
    expect(await findMarked({ SPT_FLOW_WORKSPACE_ID: id })).toEqual([]);
    await expect(
      context.server.workspaces.service.requireRunning(context.tenant.principal, id, {
        correlationId: 'x',
      }),
    ).rejects.toMatchObject({ code: 'workspace_stopped' });

    await context.server.workspaces.service.start(context.tenant.principal, id, 'test');
    await context.server.workspaces.service.ensureReady(id, { correlationId: 'test' });
    expect((await exec(id, 'cat mine.txt ~/home.txt')).stdout).toBe('mine\nhome\n');
    await vi.waitFor(async () =>
      expect(
        (await context.server.transitions(id)).map(({ kind, state }) => `${kind} ${state}`),
      ).toEqual(['start done', 'stop done', 'start done']),
    );
  });

  it('stop cancels a start that still runs', async () => {
    const silent = await listenSilently();
    const id = await context.server.create(context.tenant, {
      repositoryUrl: `git://127.0.0.1:${await portOf(silent)}/x.git`,
    });
    await vi.waitFor(
      async () =>
        expect((await context.server.transitions(id))[0]?.steps.at(-1)?.name).toBe(
          'Clone the repository',
        ),
      { timeout: 10_000 },
    );

    await context.server.workspaces.service.stop(context.tenant.principal, id, 'test');
    await context.server.untilState(id, 'stopped');

    const [start] = await context.server.transitions(id);
    expect(start).toMatchObject({
      kind: 'start',
      state: 'failed',
      failure: 'Dana Developer asked to stop it',
    });
    expect(await findMarked({ SPT_FLOW_WORKSPACE_ID: id })).toEqual([]);
    silent.close();
  });

  it('delete removes processes, files and the right to connect, and frees the name', async () => {
    const id = await running({ name: 'short-lived' });

    await context.server.workspaces.service.remove(context.tenant.principal, id, 'test');
    await context.server.workspaces.service.settled(id);

    await expect(
      context.server.workspaces.service.get(context.tenant.principal, id),
    ).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(stat(path.join(context.dataDirectory, 'workspaces', id))).rejects.toThrow(
      'ENOENT',
    );
    expect(await findMarked({ SPT_FLOW_WORKSPACE_ID: id })).toEqual([]);
    await expect(
      context.server.create(context.tenant, { name: 'short-lived' }),
    ).resolves.toBeTypeOf('string');
  });

  it('refuse to start what is being deleted', async () => {
    const id = await running();
    const { service } = context.server.workspaces;
    await service.remove(context.tenant.principal, id, 'test');

    await expect(service.start(context.tenant.principal, id, 'test')).rejects.toMatchObject({
      code: expect.stringMatching(/workspace_busy|not_found/),
    });
  });

  it('are recorded with who asked', async () => {
    const id = await running();
    await context.server.workspaces.service.stop(context.tenant.principal, id, 'stop-request');

    const rows = await context.database.db.select().from(auditLog);
    expect(rows.find(({ action }) => action === 'workspace.stop')).toMatchObject({
      target: id,
      principal: `user:${context.tenant.userId}`,
      correlationId: 'stop-request',
      organizationId: context.tenant.organizationId,
    });
    expect(rows.map(({ action }) => action)).toContain('workspace.create');
  });
});

describe('content', () => {
  it('lists files without what git ignores, and reads text, binary and nothing outside', async () => {
    const id = await running();
    await exec(
      id,
      "echo 'node_modules' > .gitignore; mkdir node_modules; echo x > node_modules/x; echo 'hello' > a.txt; printf '\\000\\001' > b.bin; ln -s /etc/passwd link",
    );
    const { content } = context.server.workspaces;

    const { items, truncated } = await content.files(id, 'test');
    expect([items.map(({ path: name }) => name), truncated]).toEqual([
      ['.gitignore', 'a.txt', 'b.bin', 'link'],
      false,
    ]);
    expect(await content.file(id, 'a.txt', 'test')).toMatchObject({
      text: 'hello\n',
      size: 6,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(await content.file(id, 'b.bin', 'test')).toMatchObject({ text: null, size: 2 });
    await expect(content.file(id, 'missing', 'test')).rejects.toMatchObject({ code: 'not_found' });
    await expect(content.file(id, '../home/.gitconfig', 'test')).rejects.toMatchObject({
      code: 'path_not_permitted',
    });
    await expect(content.file(id, 'link', 'test')).rejects.toMatchObject({
      code: 'path_not_permitted',
    });
    await exec(id, 'head -c 2000000 /dev/zero > big');
    await expect(content.file(id, 'big', 'test')).rejects.toMatchObject({ code: 'body_too_large' });
  });

  it('runs commands with their exit code, bounded output and a time limit', async () => {
    const id = await running();

    expect(await exec(id, 'echo out; echo err >&2; exit 3')).toEqual({
      exitCode: 3,
      stdout: 'out\n',
      stderr: 'err\n',
      truncated: false,
    });
    const flood = await exec(id, 'yes | head -c 3000000');
    expect([flood.stdout.length, flood.truncated]).toEqual([1024 * 1024, true]);
    await expect(
      context.server.workspaces.content.exec(id, {
        command: 'sleep 100',
        timeoutSeconds: 1,
        correlationId: 'x',
      }),
    ).rejects.toMatchObject({ code: 'agent_timeout' });
  });
});

it("another organization's workspaces are not found, by name or by id", async () => {
  const id = await running({ name: 'private' });
  const { principal } = await seedTenant(context.database.db);
  const { service } = context.server.workspaces;

  for (const handle of [id, 'private']) {
    await expect(service.get(principal, handle)).rejects.toMatchObject({ code: 'not_found' });
    await expect(service.stop(principal, handle, 'x')).rejects.toMatchObject({ code: 'not_found' });
    await expect(service.remove(principal, handle, 'x')).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(service.timeline(principal, handle, { limit: 1 })).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(
      service.requireRunning(principal, handle, { correlationId: 'x' }),
    ).rejects.toMatchObject({ code: 'not_found' });
  }
  expect((await service.list(principal, { limit: 10 })).items).toEqual([]);
  expect((await context.server.row(id)).desiredState).toBe('running');
});
