import { readFile, symlink, writeFile, access } from 'node:fs/promises';
import path from 'node:path';
import { eq } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';
import { auditLog, builds, changeSets } from '@spt-flow/db/schema';
import { ChangeSetSchema, type Edit } from '@spt-flow/shared/api/change-sets';
import type { LiveEvent } from '@spt-flow/shared/api/live';
import { AppError } from '@spt-flow/shared/domain/errors';
import { useStages, type Stage } from './stage.ts';
import { createTestService } from './test-service.ts';

const CORRELATION = 'test-correlation';
const newStage = useStages();

let stage: Stage;
let live: Stage['live'];
let db: Stage['db'];
let events: { topic: string; event: LiveEvent }[];
let statuses: object[];

beforeEach(async () => {
  stage = await newStage();
  ({ db, live } = stage);
  events = [];
  statuses = [];
}, 60_000);

function createService() {
  return createTestService(stage, {
    projects: { setStatus: async (_id, change) => void statuses.push(change) },
    events: {
      append: async (topic, event) => {
        events.push({ topic, event });
        return events.length;
      },
    },
  });
}

function server(answer: string): string {
  return `require('node:http').createServer((request, response) => response.end(${JSON.stringify(answer)})).listen(process.env.PORT, process.env.HOST);\n`;
}

const MANIFEST = JSON.stringify({ kind: 'node-web', start: 'node server.cjs' });

function apply(service: ReturnType<typeof createService>, edits: Edit[], summary = 'Change') {
  return service.apply({
    workspaceId: live.workspace.id,
    organizationId: live.tenant.organizationId,
    userId: live.tenant.userId,
    summary,
    edits,
    conversationId: 'conversation-1',
    correlationId: CORRELATION,
  });
}

function applyApp(service: ReturnType<typeof createService>, answer: string) {
  return apply(service, [
    { action: 'write', path: 'server.cjs', text: server(answer) },
    { action: 'write', path: 'spt-flow.json', text: MANIFEST },
  ]);
}

async function appAnswer(): Promise<string> {
  return (await fetch(`http://127.0.0.1:${live.appPort}/`)).text();
}

describe('apply', () => {
  it('writes, starts, probes, commits and tells everybody', async () => {
    const changeSet = await applyApp(createService(), 'hello');

    expect(changeSet).toMatchObject({ outcome: 'committed', reason: null, probe: { status: 200 } });
    expect(ChangeSetSchema.parse(changeSet).files).toContainEqual({
      path: 'server.cjs',
      change: 'created',
      added: 1,
      removed: 0,
    });
    expect(await appAnswer()).toBe('hello');
    expect(
      await stage.bareGit(
        'log',
        '--format=%an|%s|%(trailers:key=Conversation,valueonly,separator=)',
      ),
    ).toBe('Dana Developer|Change|conversation-1\n');
    expect(await stage.bareGit('rev-parse', 'main')).toBe(`${changeSet.commit}\n`);
    expect(events).toEqual([
      {
        topic: `project:${live.workspace.projectId}`,
        event: { type: 'change-set.finished', changeSet },
      },
    ]);
    expect(statuses.at(-1)).toEqual({ status: 'deployed', template: 'node-web' });
    expect(await db.select().from(builds)).toMatchObject([
      { status: 'success', commit: changeSet.commit, logs: expect.stringMatching(/^ok: /) },
    ]);
    const [entry] = await db.select().from(auditLog).where(eq(auditLog.action, 'change-set.apply'));
    expect(entry).toMatchObject({
      correlationId: CORRELATION,
      target: `change-set:${changeSet.id}`,
    });
    expect(stage.controlPlane.errors).toEqual([]);
  });

  it('keeps the old app when the new one ends, and says why in plain words', async () => {
    const service = createService();
    await applyApp(service, 'old');

    const broken = await apply(service, [
      { action: 'write', path: 'server.cjs', text: 'throw new Error("no database");\n' },
    ]);

    expect(broken).toMatchObject({ outcome: 'rolled_back', commit: null });
    expect(broken.reason).toContain('so it was undone');
    expect(broken.reason).toContain('no database');
    expect(await appAnswer()).toBe('old');
    expect(await stage.bareGit('rev-list', '--count', 'main')).toBe('1\n');
    expect(statuses.at(-1)).toEqual({ status: 'deployed' });
  });

  it('rejects a syntax error before anything is written', async () => {
    const changeSet = await apply(createService(), [
      { action: 'write', path: 'server.cjs', text: 'const = 1;\n' },
    ]);

    expect(changeSet.outcome).toBe('rejected');
    expect(statuses.at(-1)).toEqual({ status: 'failed' });
    expect(changeSet.reason).toContain('nothing was written');
    await expect(access(path.join(live.projectDirectory, 'server.cjs'))).rejects.toThrow();
  });

  it('rejects a manifest that does not say how to start', async () => {
    const changeSet = await apply(createService(), [
      { action: 'write', path: 'spt-flow.json', text: '{"kind":"node-web"}' },
    ]);

    expect(changeSet).toMatchObject({ outcome: 'rejected' });
    expect(changeSet.reason).toContain('spt-flow.json is not valid');
  });

  it.each(['.git/config', 'a/.GIT/hooks/x', '../outside', '/etc/passwd', 'a//b', './x'])(
    'refuses the path %s',
    async (file) => {
      const attempt = apply(createService(), [{ action: 'write', path: file, text: 'x' }]);

      await expect(attempt).rejects.toMatchObject({ code: 'path_not_permitted' });
      expect(await db.select().from(changeSets)).toEqual([]);
    },
  );

  it('does not follow a link out of the project', async () => {
    const outside = path.join(live.directory, 'outside.txt');
    await writeFile(outside, 'mine');
    await symlink(live.directory, path.join(live.projectDirectory, 'link'));

    await expect(
      apply(createService(), [{ action: 'write', path: 'link/outside.txt', text: 'stolen' }]),
    ).rejects.toMatchObject({ code: 'path_not_permitted' });

    expect(await readFile(outside, 'utf8')).toBe('mine');
  });

  it('lets one of two at once through', async () => {
    const service = createService();

    const results = await Promise.allSettled([applyApp(service, 'one'), applyApp(service, 'two')]);

    const failed = results.filter((result) => result.status === 'rejected');
    expect(failed).toHaveLength(1);
    expect(failed[0]?.reason).toMatchObject({ code: 'change_set_busy' });
    expect(['one', 'two']).toContain(await appAnswer());
  });

  it('hides workspaces of other organizations', async () => {
    const attempt = createService().apply({
      workspaceId: live.workspace.id,
      organizationId: crypto.randomUUID(),
      userId: null,
      summary: 'x',
      edits: [{ action: 'write', path: 'a', text: 'a' }],
      correlationId: CORRELATION,
    });

    await expect(attempt).rejects.toBeInstanceOf(AppError);
    await expect(attempt).rejects.toMatchObject({ code: 'not_found' });
  });

  it('settles what the agent was killed in the middle of', async () => {
    const service = createService();
    await applyApp(service, 'old');
    const slow = JSON.stringify({ kind: 'node-web', build: 'sleep 30', start: 'node server.cjs' });

    let startedBuild: () => void = () => undefined;
    const building = new Promise<void>((resolve) => (startedBuild = resolve));
    const attempt = service.apply({
      workspaceId: live.workspace.id,
      organizationId: live.tenant.organizationId,
      userId: live.tenant.userId,
      summary: 'Slow',
      edits: [
        { action: 'write', path: 'server.cjs', text: server('new') },
        { action: 'write', path: 'spt-flow.json', text: slow },
      ],
      correlationId: CORRELATION,
      onProgress: ({ phase }) => {
        if (phase === 'build') startedBuild();
      },
    });
    await building;
    await live.endAgent('SIGKILL');
    await live.startAgent();

    expect(await attempt).toMatchObject({ outcome: 'rolled_back' });
    expect(await readFile(path.join(live.projectDirectory, 'server.cjs'), 'utf8')).toBe(
      server('old'),
    );
  }, 60_000);

  it('settles a row that an ended control plane left running', async () => {
    const service = createService();
    await applyApp(service, 'old');
    const [row] = await db
      .insert(changeSets)
      .values({
        organizationId: live.tenant.organizationId,
        workspaceId: live.workspace.id,
        summary: 'Lost',
        contents: [{ path: 'lost.txt', before: null, after: 'x' }],
      })
      .returning();

    await service.onWorkspaceReady(live.workspace, CORRELATION);

    const settled = await db
      .select()
      .from(changeSets)
      .where(eq(changeSets.id, row?.id ?? ''));
    expect(settled[0]).toMatchObject({
      outcome: 'rolled_back',
      reason: expect.stringContaining('interrupted'),
    });
    expect(await applyApp(service, 'next')).toMatchObject({ outcome: 'committed' });
  });

  it('keeps a change that was committed while the control plane was gone', async () => {
    const service = createService();
    const done = await applyApp(service, 'kept');
    await db
      .update(changeSets)
      .set({ outcome: 'running', commit: null })
      .where(eq(changeSets.id, done.id));

    await service.onWorkspaceReady(live.workspace, CORRELATION);

    const [settled] = await db.select().from(changeSets).where(eq(changeSets.id, done.id));
    expect(settled).toMatchObject({ outcome: 'committed', commit: done.commit });
  });
});

describe('undo', () => {
  it('brings the files and the app of before back', async () => {
    const service = createService();
    await applyApp(service, 'first');
    const second = await applyApp(service, 'second');

    const undone = await service.undo(live.tenant.principal, second.id, CORRELATION);

    expect(undone).toMatchObject({ outcome: 'committed', summary: 'Undo: Change' });
    expect(await appAnswer()).toBe('first');
    expect(await stage.bareGit('rev-list', '--count', 'main')).toBe('3\n');
  });

  it('stops the app when the first change is undone', async () => {
    const service = createService();
    const first = await applyApp(service, 'first');

    await service.undo(live.tenant.principal, first.id, CORRELATION);

    await expect(appAnswer()).rejects.toThrow();
    await expect(access(path.join(live.projectDirectory, 'server.cjs'))).rejects.toThrow();
    expect(statuses.at(-1)).toEqual({ status: 'created' });
  });

  it('refuses when a file was changed since', async () => {
    const service = createService();
    const first = await applyApp(service, 'first');
    await writeFile(path.join(live.projectDirectory, 'server.cjs'), server('by hand'));

    await expect(service.undo(live.tenant.principal, first.id, CORRELATION)).rejects.toMatchObject({
      code: 'change_set_conflict',
    });
  });

  it('hides changes of other organizations', async () => {
    const service = createService();
    const first = await applyApp(service, 'first');
    const stranger = { ...live.tenant.principal, organizationId: crypto.randomUUID() };

    await expect(service.undo(stranger, first.id, CORRELATION)).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(service.diff(stranger.organizationId, first.id)).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});

describe('list and diff', () => {
  it('gives receipts newest first in pages, and contents by file', async () => {
    const service = createService();
    const first = await applyApp(service, 'first');
    const second = await applyApp(service, 'second');

    const page = await service.list(live.tenant.organizationId, live.workspace.name, { limit: 1 });
    const rest = await service.list(live.tenant.organizationId, live.workspace.name, {
      limit: 1,
      cursor: page.nextCursor ?? undefined,
    });

    expect(page.items.map(({ id }) => id)).toEqual([second.id]);
    expect(rest.items.map(({ id }) => id)).toEqual([first.id]);
    expect((await service.diff(live.tenant.organizationId, second.id)).files).toContainEqual({
      path: 'server.cjs',
      before: server('first'),
      after: server('second'),
    });
  });
});

describe('onWorkspaceReady', () => {
  it('starts the app again when the agent lost it', async () => {
    const service = createService();
    await applyApp(service, 'again');
    await stage.controlPlane.agents.hub.request(live.workspace.id, {
      method: 'process.stop',
      name: 'app',
    });
    await expect(appAnswer()).rejects.toThrow();

    await service.onWorkspaceReady(live.workspace, CORRELATION);

    await expect.poll(() => appAnswer().catch(() => ''), { timeout: 10_000 }).toBe('again');
  });

  it('is waited for by a change, which is not refused', async () => {
    const service = createService();
    const ready = service.onWorkspaceReady(live.workspace, CORRELATION);

    const changeSet = await applyApp(service, 'first');

    expect(changeSet.outcome).toBe('committed');
    await ready;
  });
});
