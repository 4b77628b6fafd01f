import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { desc, eq } from 'drizzle-orm';
import { beforeEach, expect, it } from 'vitest';
import { auditLog, builds, changeSets, conversations, messages } from '@spt-flow/db/schema';
import {
  ChangeSetReceiptSchema,
  type ChangeSetReceipt,
  type SignedReceipt,
} from '@spt-flow/shared/agent-protocol/change-set';
import { createNotices } from '../../src/features/chat/index.ts';
import { createEventLog } from '../../src/features/live/index.ts';
import { useStages, type Stage } from './stage.ts';
import { createTestService } from './test-service.ts';

const newStage = useStages();

let stage: Stage;
let live: Stage['live'];
let db: Stage['db'];
let statuses: object[];
let service: ReturnType<typeof createService>;
let receipts: SignedReceipt[];

beforeEach(async () => {
  stage = await newStage();
  ({ db, live } = stage);
  const { organizationId, projectId } = live.workspace;
  await db.insert(conversations).values({ organizationId, projectId }).onConflictDoNothing();
  statuses = [];
  receipts = [];
  service = createService();
  stage.controlPlane.agents.events.onEvent(({ workspaceId }, event) => {
    if (event.type !== 'recovered') return;
    receipts.push(event.receipt);
    service
      .onRecovered(workspaceId, event.receipt, 'crash')
      .catch((error: unknown) => stage.controlPlane.errors.push(error));
  });
}, 60_000);

function createService() {
  return createTestService(stage, {
    projects: { setStatus: async (_id, change) => void statuses.push(change) },
    events: createEventLog(db),
    conversations: createNotices({ db, events: createEventLog(db) }),
  });
}

/** Answers with a text, ends when asked for `/exit` and hangs after `/hang`. */
function server(answer: string): string {
  return `require('node:http').createServer((request, response) => {
  if (request.url === '/exit') { console.error('out of coffee'); process.exit(3); }
  if (request.url === '/hang') {
    console.error('waiting for Godot');
    setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
  }
  response.end(${JSON.stringify(answer)});
}).listen(process.env.PORT, process.env.HOST);\n`;
}

function applyApp(answer: string) {
  return service.apply({
    workspaceId: live.workspace.id,
    organizationId: live.tenant.organizationId,
    userId: live.tenant.userId,
    summary: `Say ${answer}`,
    edits: [
      { action: 'write', path: 'server.cjs', text: server(answer) },
      {
        action: 'write',
        path: 'spt-flow.json',
        text: JSON.stringify({ kind: 'node-web', start: 'node server.cjs' }),
      },
    ],
    correlationId: 'test',
  });
}

async function endApp(): Promise<void> {
  await fetch(`http://127.0.0.1:${live.appPort}/exit`).catch(() => 'it ended');
}

async function outcomeOf(id: string): Promise<string | undefined> {
  const [row] = await db.select().from(changeSets).where(eq(changeSets.id, id));
  return row?.outcome;
}

async function lastMessage() {
  const [row] = await db.select().from(messages).orderBy(desc(messages.createdAt)).limit(1);
  return row;
}

it('an app that stops soon after a change gets its old version back, and people are told', async () => {
  await applyApp('old');
  const changeSet = await applyApp('new');
  expect(changeSet.outcome).toBe('committed');

  await endApp();

  await expect.poll(() => outcomeOf(changeSet.id), { timeout: 20_000 }).toBe('rolled_back');
  expect(await (await fetch(`http://127.0.0.1:${live.appPort}/`)).text()).toBe('old');
  expect(await readFile(path.join(live.projectDirectory, 'server.cjs'), 'utf8')).toBe(
    server('old'),
  );
  expect(await stage.bareGit('log', '--format=%s')).toBe(
    'Undo: Say new (the app stopped)\nSay new\nSay old\n',
  );
  expect(await stage.bareGit('show', 'main:server.cjs')).toBe(server('old'));
  const message = await lastMessage();
  expect(message).toMatchObject({ role: 'assistant', turnId: null });
  expect(message?.content).toMatch(
    /^Your app stopped (right|\d+ seconds?) after the change, so the previous version is back and running\.$/,
  );
  expect(message?.metadata['steps']).toEqual([
    expect.objectContaining({ detail: expect.stringContaining('out of coffee') }),
  ]);
  await expect.poll(() => statuses.at(-1)).toEqual({ status: 'deployed' });
  expect(await db.select({ status: builds.status }).from(builds).orderBy(builds.startedAt)).toEqual(
    [{ status: 'success' }, { status: 'failed' }],
  );
  const entries = await db.select().from(auditLog).where(eq(auditLog.action, 'change-set.revert'));
  expect(entries).toHaveLength(1);
  const [conversation] = await db.select().from(conversations);
  expect(conversation?.decisions).toEqual(['Undone, since the app stopped soon after: Say new']);
  const { items } = await service.list(live.tenant.organizationId, live.workspace.id, {
    limit: 10,
  });
  expect(items[0]?.reason).toMatch(/^The app stopped .* so it was undone\n[^]*out of coffee/);
  expect(stage.controlPlane.errors).toEqual([]);
}, 60_000);

it('an app that stops answering soon after a change gets its old version back, and people are told', async () => {
  await applyApp('old');
  const changeSet = await applyApp('new');

  await fetch(`http://127.0.0.1:${live.appPort}/hang`);

  await expect.poll(() => outcomeOf(changeSet.id), { timeout: 120_000 }).toBe('rolled_back');
  expect(await (await fetch(`http://127.0.0.1:${live.appPort}/`)).text()).toBe('old');
  expect(await stage.bareGit('log', '--format=%s')).toBe(
    'Undo: Say new (the app stopped working)\nSay new\nSay old\n',
  );
  const message = await lastMessage();
  expect(message?.content).toMatch(
    /^Your app stopped answering (right|\d+ seconds?) after the change, so the previous version is back and running\.$/,
  );
  expect(message?.metadata['steps']).toEqual([
    expect.objectContaining({ detail: expect.stringContaining('waiting for Godot') }),
  ]);
  const [conversation] = await db.select().from(conversations);
  expect(conversation?.decisions).toEqual([
    'Undone, since the app stopped working soon after: Say new',
  ]);
  const { items } = await service.list(live.tenant.organizationId, live.workspace.id, {
    limit: 10,
  });
  expect(items[0]).toMatchObject({
    reason: expect.stringMatching(/^The app stopped answering .* so it was undone\n[^]*no answer/),
    probe: { status: null },
  });
  expect(stage.controlPlane.errors).toEqual([]);
}, 180_000);

it('the first app of a project that stops leaves nothing, and the next change is made', async () => {
  const first = await applyApp('first');

  await endApp();

  await expect.poll(() => outcomeOf(first.id), { timeout: 20_000 }).toBe('rolled_back');
  await expect.poll(() => statuses.at(-1)).toEqual({ status: 'failed' });
  expect((await lastMessage())?.content).toMatch(/, so the change was undone\.$/);
  expect(await applyApp('second')).toMatchObject({ outcome: 'committed' });
}, 60_000);

it('news that comes twice, of another workspace, or of a change that stays changes nothing', async () => {
  const changeSet = await applyApp('old');
  await endApp();
  await expect.poll(() => outcomeOf(changeSet.id), { timeout: 20_000 }).toBe('rolled_back');
  const [receipt] = receipts;
  if (!receipt) throw new Error('The agent told nothing');
  const next = await applyApp('next');

  const said = ChangeSetReceiptSchema.parse(JSON.parse(receipt.text));
  const sign = (change: Partial<ChangeSetReceipt>) =>
    live.signReceipt({ ...said, id: next.id, ...change });

  await service.onRecovered(live.workspace.id, receipt, 'again');
  await service.onRecovered(crypto.randomUUID(), await sign({}), 'stranger');
  await service.onRecovered(live.workspace.id, await sign({ outcome: 'committed' }), 'stays');

  expect(await outcomeOf(next.id)).toBe('committed');
  expect(await db.select().from(messages)).toHaveLength(1);
}, 60_000);
