import { randomUUID } from 'node:crypto';
import { conversations } from '@spt-flow/db/schema';
import { eq } from 'drizzle-orm';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  says,
  scriptedProvider,
  type ScriptedProvider,
} from '../../src/features/chat/testing/scripted-provider.ts';
import { useDatabases, type TestDatabase } from '../support/database.ts';
import { createChatFixture, insertProject, type ChatFixture } from './chat-fixture.ts';
import { adminOf } from '../support/open-access.ts';

describe('versions of a message', () => {
  const newDatabase = useDatabases();
  const fixtures: ChatFixture[] = [];
  let db: TestDatabase['db'];
  let provider: ScriptedProvider;
  let fixture: ChatFixture;

  beforeAll(async () => {
    ({ db } = await newDatabase());
  });
  beforeEach(async () => {
    provider = scriptedProvider(...Array.from({ length: 9 }, (_, index) => says(`A${index + 1}`)));
    fixture = createChatFixture({ db, project: await insertProject(db), provider });
    fixtures.push(fixture);
  });
  afterEach(async () => {
    for (const each of fixtures.splice(0)) await each.chat.close();
  });

  async function texts(): Promise<string[]> {
    return (await fixture.messages()).items.map(({ content }) => content);
  }

  async function say(content: string): Promise<string> {
    const { id } = await fixture.send(content);
    await answered(id);
    return id;
  }

  async function answered(id: string): Promise<void> {
    await expect
      .poll(
        async () => {
          const { items } = await fixture.messages();
          const turnId = items.find((message) => message.id === id)?.turnId;
          return items.find((each) => each.role === 'assistant' && each.turnId === turnId)?.state;
        },
        { timeout: 20_000 },
      )
      .toBe('done');
  }

  function leaving(messageId: string) {
    const change = { leftAt: new Date(), decision: null, changeSetId: randomUUID(), edited: null };
    return { ...change, projectId: fixture.project.id, messageId };
  }

  function edited(content: string) {
    const message = { content, clientMessageId: randomUUID(), attachments: [] };
    return { ...message, correlationId: 'correlation-1' };
  }

  async function show(messageId: string): Promise<void> {
    await fixture.chat.versions.begin(leaving(messageId));
    await fixture.chat.versions.finish(fixture.project.id);
  }

  async function edit(
    messageId: string,
    content: string,
    change: { readonly leftAt?: Date; readonly decision?: string } = {},
  ): Promise<string> {
    const { versions } = fixture.chat;
    await versions.begin({ ...leaving(messageId), ...change, edited: edited(content) });
    const message = await versions.finish(fixture.project.id);
    if (!message) throw new Error('The version was not sent');
    await answered(message.id);
    return message.id;
  }

  async function versionsOf(id: string): Promise<string[] | undefined> {
    return (await fixture.messages()).items.find((message) => message.id === id)?.versions;
  }

  it('leave what followed reachable, and each goes on by itself', async () => {
    await say('one');
    const two = await say('two');
    await say('three');

    const other = await edit(two, 'TWO');
    await say('four');
    expect(await texts()).toEqual(['one', 'A1', 'TWO', 'A4', 'four', 'A5']);
    expect(await versionsOf(other)).toEqual([two, other]);
    expect(JSON.stringify(provider.requests.at(-1)?.messages)).not.toContain('three');

    await show(two);
    await say('five');
    expect(await texts()).toEqual(['one', 'A1', 'two', 'A2', 'three', 'A3', 'five', 'A6']);
    expect(await versionsOf(two)).toEqual([two, other]);

    await show(other);
    expect(await texts()).toEqual(['one', 'A1', 'TWO', 'A4', 'four', 'A5']);
    const switches = (await fixture.events()).filter(
      ({ type }) => type === 'conversation.switched',
    );
    expect(switches).toHaveLength(3);
  });

  it('of a version stand beside it, and one within a line below it', async () => {
    const one = await say('one');
    const second = await edit(one, 'ONE');
    const third = await edit(second, 'One');
    expect(await versionsOf(third)).toEqual([one, second, third]);

    const below = await say('two');
    const other = await edit(below, 'TWO');
    expect(await texts()).toEqual(['One', 'A3', 'TWO', 'A5']);
    expect(await versionsOf(other)).toEqual([below, other]);

    await show(one);
    expect(await texts()).toEqual(['one', 'A1']);
    await show(below);
    expect(await texts()).toEqual(['One', 'A3', 'two', 'A4']);
  });

  it('belong to the app as it was when their line was left', async () => {
    const one = await say('one');
    const begun = await fixture.chat.service.startOf(fixture.project.id, one);
    const leftAt = new Date(begun.at.getTime() + 1234);
    await edit(one, 'ONE', { leftAt, decision: 'Went back' });

    expect(await fixture.chat.service.startOf(fixture.project.id, one)).toEqual({
      ...{ at: leftAt, content: 'one', isShown: false },
    });
    const [row] = await db
      .select()
      .from(conversations)
      .where(eq(conversations.projectId, fixture.project.id));
    expect(row?.decisions).toEqual(['Went back']);
  });

  it('are made of messages that are shown, of this conversation, while nothing runs', async () => {
    const one = await say('one');
    await edit(one, 'ONE');
    await expect(edit(one, 'again')).rejects.toMatchObject({ code: 'conflict' });

    const stranger = await insertProject(db);
    for (const target of [{ ...leaving(one), projectId: stranger.id }, leaving(randomUUID())])
      await expect(fixture.chat.versions.begin(target)).rejects.toMatchObject({
        code: 'not_found',
      });
    expect(await fixture.chat.versions.sent(stranger.id, randomUUID())).toBeUndefined();
  });

  it('are found with what followed them, shown or not, and lead there', async () => {
    const one = await say('one elephant');
    await say('two elephants');
    const other = await edit(one, 'ONE elephant');
    const { organizationId } = fixture.project;
    const search = async () => {
      const found = await fixture.chat.service.search({
        ...{ viewer: adminOf(organizationId), words: 'elephant', limit: 10 },
      });
      return found.items.map(({ excerpt, versionId }) => [
        excerpt.map(({ text }) => text).join(''),
        versionId,
      ]);
    };
    const [found] = await search();
    expect(found).toEqual(['ONE elephant', undefined]);
    const hidden = (await search()).filter(([, versionId]) => versionId !== undefined);
    expect(hidden.map(([text]) => text)).toEqual(['two elephants', 'one elephant']);

    await show(hidden[0]?.[1] ?? '');
    expect(await texts()).toEqual(['one elephant', 'A1', 'two elephants', 'A2']);
    expect(await search()).toEqual([
      ['ONE elephant', other],
      ['two elephants', undefined],
      ['one elephant', undefined],
    ]);
  });

  it('let nothing else be said until the app was put back or not, and lose nothing when it was not', async () => {
    const one = await say('one');
    const { versions, service } = fixture.chat;
    const change = { ...leaving(one), edited: edited('ONE') };
    await versions.begin(change);

    const refused = { code: 'turn_running' };
    await expect(fixture.send('two')).rejects.toMatchObject(refused);
    await expect(versions.begin(change)).rejects.toMatchObject(refused);
    const { organizationId } = fixture.project;
    const target = { organizationId, handle: fixture.project.id, messageId: one };
    await expect(service.retry(target)).rejects.toMatchObject(refused);
    expect(await service.isBusy(fixture.project.id)).toBe(true);
    expect(await versions.unfinished()).toEqual([
      { projectId: fixture.project.id, changeSetId: change.changeSetId },
    ]);

    await versions.drop(fixture.project.id);
    expect(await versions.unfinished(fixture.project.id)).toEqual([]);
    expect(await versions.finish(fixture.project.id)).toBeUndefined();
    await say('two');
    expect(await texts()).toEqual(['one', 'A1', 'two', 'A2']);
  });
});
