import { randomUUID } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { conversations } from '@spt-flow/db/schema';
import type { Message } from '@spt-flow/shared/api/conversations';
import { AppError } from '@spt-flow/shared/domain/errors';
import { createChangeSetsRepository, createGoBack } from '../../src/features/change-sets/index.ts';
import { createChat, createNotices, type Chat } from '../../src/features/chat/index.ts';
import { memoryFiles } from '../../src/features/chat/testing/memory-files.ts';
import { noDeployment, noMachine } from '../../src/features/chat/testing/memory-machine.ts';
import {
  calls,
  finish,
  says,
  scriptedProvider,
  write,
  type ScriptedReply,
} from '../../src/features/chat/testing/scripted-provider.ts';
import {
  createCheckpointsRepository,
  createCheckpointsService,
  createMessageVersions,
} from '../../src/features/checkpoints/index.ts';
import { createEventLog } from '../../src/features/live/index.ts';
import type { LiveWorkspace } from '../change-sets/live-workspace.ts';
import { startStage, type Stage } from '../change-sets/stage.ts';
import { createTestService } from '../change-sets/test-service.ts';
import { useDatabases, type TestDatabase } from '../support/database.ts';
import { withoutAudit } from '../support/refused-audit.ts';
import { seedTenant } from '../workspaces/seed.ts';

const CORRELATION = 'test-correlation';
const createDatabase = useDatabases();

let stage: Stage;
let live: LiveWorkspace;
let db: TestDatabase['db'];
let service: ReturnType<typeof createCheckpointsService>;
let versions: ReturnType<typeof createMessageVersions>;
/** Another process, which may have ended at some point. */
let newProcess: (ends?: Partial<Chat['versions']>) => typeof versions;
let chat: Chat | undefined;
let undo: ReturnType<typeof createTestService>['undo'];

beforeAll(async () => {
  ({ db } = await createDatabase());
  stage = await startStage(db);
  ({ live } = stage);
  const { organizationId } = live.tenant;
  await db.insert(conversations).values({ organizationId, projectId: live.workspace.projectId });
}, 120_000);
afterEach(async () => {
  await chat?.close();
  await rm(path.join(live.projectDirectory, 'page.txt'), { force: true });
});
afterAll(() => stage.close());

/** The conversation, its changes and the way back, all on a real agent; only the model is scripted. */
function begin(...script: ScriptedReply[]): void {
  const events = createEventLog(db);
  const repository = createChangeSetsRepository(db);
  const agents = stage.controlPlane.agents.hub;
  const workspaces = {
    find: async () => live.workspace,
    ofProject: async () => live.workspace,
    ensureReady: () => live.whenOnline(),
  };
  const projects = {
    find: async (organizationId: string) => {
      if (organizationId !== live.tenant.organizationId) throw new AppError('not_found');
      return { id: live.workspace.projectId, organizationId };
    },
    setStatus: async () => undefined,
  };
  const notices = createNotices({ db, events });
  const changeSets = createTestService(stage, { repository, events, conversations: notices });
  undo = changeSets.undo;
  chat = createChat({
    ...{ db, events, projects },
    workspaces: {
      ensureReady: async () => ({
        ...{ workspaceId: live.workspace.id, files: memoryFiles({}) },
        machine: () => noMachine,
        deploy: noDeployment,
        lookAt: async () => undefined,
        secrets: [],
      }),
    },
    applyChangeSet: changeSets.applyOfTurn,
    provider: scriptedProvider(...script),
    fallback: null,
    audit: stage.controlPlane.audit,
    historyMessages: 20,
    traces: null,
    spending: { prices: {}, maxTurnTokens: 1_500_000, projectBudgetMicros: null },
    ...{ secrets: [], logger: { error: () => undefined }, countTokens: () => undefined },
  });
  const { isBusy, startOf } = chat.service;
  const goBackTo = createGoBack({
    ...{ repository, agents, workspaces, events, apply: changeSets.apply },
  });
  const parts = { goBack: goBackTo, repository: createCheckpointsRepository(db) };
  const { service: conversation, versions: ofMessages } = chat;
  newProcess = (ends = {}) =>
    createMessageVersions({
      ...{ ...parts, projects, workspaces, conversation },
      versions: { ...ofMessages, ...ends },
    });
  versions = newProcess();
  service = createCheckpointsService({
    ...{ ...parts, projects, workspaces, audit: stage.controlPlane.audit },
    conversation: {
      ...{ isBusy, startOf },
      addNote: (note) => db.transaction((tx) => notices.addNotice(note, tx)),
    },
    snapshots: {
      create: () => Promise.reject(new AppError('limit_reached')),
      restore: () => Promise.reject(new AppError('not_found')),
    },
  });
}

function page(text: string): ScriptedReply {
  return calls(write('page.txt', text), finish(`Write ${text}`));
}

async function conversation(): Promise<Message[]> {
  const { organizationId } = live.tenant;
  const found = await chat?.service.messages({
    organizationId,
    handle: 'app',
    cursor: undefined,
    limit: 100,
  });
  return found?.items ?? [];
}

/** Sends and waits for the answer. */
async function say(content: string): Promise<Message> {
  const { organizationId } = live.tenant;
  const sent = await chat?.service.send({
    ...{ organizationId, handle: 'app', content },
    ...{ clientMessageId: randomUUID(), correlationId: CORRELATION },
  });
  if (!sent) throw new Error('There is no chat');
  return answered(sent);
}

async function answered(sent: Message): Promise<Message> {
  await expect
    .poll(
      async () =>
        (await conversation()).find(
          ({ role, turnId }) => role === 'assistant' && turnId === sent.turnId,
        )?.state,
      { timeout: 60_000 },
    )
    .toBe('done');
  return sent;
}

function onDisk(): Promise<string> {
  return readFile(path.join(live.projectDirectory, 'page.txt'), 'utf8');
}

function call() {
  return { principal: live.tenant.principal, correlationId: CORRELATION };
}

function goBack(to: string, overwrite = false) {
  return service.goBack(call(), 'app', { to, overwrite, withData: false });
}

describe('another version of a message', () => {
  it('takes the app back to before it, and each version takes it to where it had ended', async () => {
    begin(page('one'), page('two'), page('three'));
    await say('first');
    const second = await say('second');
    const message = { clientMessageId: randomUUID(), content: 'SECOND', attachments: [] };
    const edit = (messageId: string) =>
      versions.edit(call(), { handle: 'app', messageId, overwrite: false }, message);
    const show = (messageId: string) =>
      versions.show(call(), { handle: 'app', messageId, overwrite: false });

    const other = await answered(await edit(second.id));
    expect(await onDisk()).toBe('three');
    const [row] = await db.select().from(conversations);
    expect(row?.decisions.at(-2)).toContain('Went back to before “second”, which undid: Write two');
    expect((await edit(second.id)).id).toBe(other.id);
    expect(await onDisk()).toBe('three');

    await show(second.id);
    expect(await onDisk()).toBe('two');
    expect((await conversation()).map(({ content }) => content)).toContain('second');
    await show(other.id);
    expect(await onDisk()).toBe('three');
    expect((await conversation()).map(({ content }) => content)).not.toContain('second');
  }, 120_000);

  it('is gone on to by the next process when the app was put back, and not when it was not', async () => {
    begin(page('one'), page('two'), page('three'));
    await say('first');
    const second = await say('second');
    const never = () => new Promise<never>(() => undefined);
    const target = { handle: 'app', messageId: second.id, overwrite: false };
    const message = { clientMessageId: randomUUID(), content: 'anew', attachments: [] };
    const texts = async () => (await conversation()).map(({ content }) => content);

    void newProcess({ finish: never }).edit(call(), target, message);
    await expect.poll(onDisk, { timeout: 60_000 }).toBe('one');
    await expect
      .poll(
        async () => {
          await newProcess().recover();
          return texts();
        },
        { timeout: 60_000 },
      )
      .toContain('anew');
    const other = await answered(await versions.edit(call(), target, message));
    expect(await onDisk()).toBe('three');

    const ends: Partial<Chat['versions']> = {
      begin: async (change) => {
        await chat?.versions.begin(change);
        return never();
      },
    };
    void newProcess(ends).show(call(), target);
    await expect.poll(() => chat?.versions.unfinished(), { timeout: 60_000 }).toHaveLength(1);
    await newProcess().recover();
    expect(await chat?.versions.unfinished()).toEqual([]);
    expect(await onDisk()).toBe('three');
    expect((await conversation()).map(({ id }) => id)).toContain(other.id);
    await versions.show(call(), target);
    expect(await onDisk()).toBe('two');
  }, 120_000);

  it('leaves app and conversation alone where others changed files, or the message is of others', async () => {
    begin(page('one'));
    const first = await say('first');
    await writeFile(path.join(live.projectDirectory, 'page.txt'), 'by hand');
    const message = { clientMessageId: randomUUID(), content: 'FIRST', attachments: [] };
    const target = { handle: 'app', messageId: first.id, overwrite: false };

    await expect(versions.edit(call(), target, message)).rejects.toMatchObject({
      code: 'change_set_conflict',
    });
    const { principal } = await seedTenant(db);
    const stranger = { principal, correlationId: CORRELATION };
    await expect(versions.edit(stranger, target, message)).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(versions.show(stranger, target)).rejects.toMatchObject({ code: 'not_found' });
    expect(await onDisk()).toBe('by hand');
    expect((await conversation()).map(({ content }) => content)).not.toContain('FIRST');
  }, 120_000);
});

describe('going back', () => {
  it('lists what is lost, undoes several changes as one, says so, and can be undone', async () => {
    begin(page('one'), page('two'), page('three'));
    await say('first');
    const second = await say('second');
    await say('third');

    const losses = await service.compare(live.tenant.principal, 'app', { from: second.id });
    const receipt = await goBack(second.id);

    expect(losses.changes.map(({ summary }) => summary)).toEqual(['Write three', 'Write two']);
    expect(losses.files).toEqual([{ path: 'page.txt', before: 'one', after: 'three' }]);
    expect(receipt).toMatchObject({
      outcome: 'committed',
      summary: 'Go back to before “second”',
      files: [{ path: 'page.txt' }],
    });
    expect(await onDisk()).toBe('one');
    expect((await conversation()).at(-1)).toMatchObject({
      role: 'assistant',
      changeSetId: receipt.id,
      content: expect.stringMatching(/before “second”.*- Write three\n- Write two$/s),
    });
    const [row] = await db.select().from(conversations);
    expect(row?.decisions.at(-1)).toContain('undid: Write two; Write three');

    expect(await undo(live.tenant.principal, receipt.id, CORRELATION)).toMatchObject({
      outcome: 'committed',
    });
    expect(await onDisk()).toBe('three');
  }, 120_000);

  it('names files that others changed since, and overwrites them only when told', async () => {
    begin(page('one'), page('two'));
    await say('first');
    const second = await say('second');
    await writeFile(path.join(live.projectDirectory, 'page.txt'), 'by hand');

    await expect(goBack(second.id)).rejects.toMatchObject({
      code: 'change_set_conflict',
      message: expect.stringContaining('page.txt'),
    });
    expect(await onDisk()).toBe('by hand');
    expect(await goBack(second.id, true)).toMatchObject({ outcome: 'committed' });
    expect(await onDisk()).toBe('one');
  }, 120_000);

  it('compares two checkpoints from the earlier to the later, whichever is named first', async () => {
    begin(page('one'), page('two'));
    await say('first');
    const before = await service.create(call(), 'app', { name: 'before', withData: false });
    await say('second');
    const after = await service.create(call(), 'app', { name: 'after', withData: false });

    const files = [{ path: 'page.txt', before: 'one', after: 'two' }];
    const principal = live.tenant.principal;
    expect(
      await service.compare(principal, 'app', { from: before.id, to: after.id }),
    ).toMatchObject({ files, hasData: false });
    expect(
      await service.compare(principal, 'app', { from: after.id, to: before.id }),
    ).toMatchObject({ files });
    await expect(
      service.create(call(), 'app', { name: 'before', withData: false }),
    ).rejects.toMatchObject({ code: 'name_taken' });
    const listed = await service.list(principal, 'app');
    expect(listed.items.slice(0, 2).map(({ name }) => name)).toEqual(['after', 'before']);

    await service.remove(call(), after.id);
    expect((await service.list(principal, 'app')).items.map(({ name }) => name)).not.toContain(
      'after',
    );
  }, 120_000);

  it('waits for the end of a turn, needs a change, and brings back no data that nobody kept', async () => {
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    begin(says('Hello'), async function* reply() {
      await released;
      yield { type: 'text', text: 'Late' };
      yield { type: 'done', reason: 'finished' };
    });
    const { id } = await say('hello');
    await expect(goBack(id)).rejects.toMatchObject({ code: 'conflict' });
    const checkpoint = await service.create(call(), 'app', { name: 'now', withData: false });
    await expect(
      service.goBack(call(), 'app', { to: checkpoint.id, overwrite: false, withData: true }),
    ).rejects.toMatchObject({ code: 'conflict' });

    const late = say('take your time');
    await expect
      .poll(async () => (await conversation()).at(-1)?.state, { timeout: 20_000 })
      .toBe('running');
    await expect(goBack(id)).rejects.toMatchObject({ code: 'turn_running' });
    release();
    await late;
  }, 120_000);

  it('keeps and forgets no checkpoint of which nothing can be written down', async () => {
    begin(says('Hello'));
    const kept = await service.create(call(), 'app', { name: 'kept', withData: false });
    const create = () => service.create(call(), 'app', { name: 'lost', withData: false });

    await expect(withoutAudit(db, create)).rejects.toThrow();
    await expect(withoutAudit(db, () => service.remove(call(), kept.id))).rejects.toThrow();

    const names = (await service.list(call().principal, 'app')).items.map(({ name }) => name);
    expect(names).toContain('kept');
    expect(names).not.toContain('lost');
  });

  it('knows nothing of points of others', async () => {
    begin(says('Hello'));
    const { id } = await say('hello');
    const { principal } = await seedTenant(db);
    const stranger = { principal, correlationId: CORRELATION };

    await expect(service.list(principal, 'app')).rejects.toMatchObject({ code: 'not_found' });
    await expect(service.compare(principal, 'app', { from: id })).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(
      service.goBack(stranger, 'app', { to: id, overwrite: false, withData: false }),
    ).rejects.toMatchObject({ code: 'not_found' });
    await expect(service.remove(stranger, id)).rejects.toMatchObject({ code: 'not_found' });
    await expect(goBack(randomUUID())).rejects.toMatchObject({ code: 'not_found' });
  });
});
