import { randomUUID } from 'node:crypto';
import { conversations } from '@spt-flow/db/schema';
import { eq } from 'drizzle-orm';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  says,
  scriptedProvider,
  type ScriptedProvider,
} from '../../src/features/chat/testing/scripted-provider.ts';
import { useDatabases } from '../support/database.ts';
import { createChatFixture, insertProject, type ChatFixture } from './chat-fixture.ts';

describe('versions of a message', () => {
  const newDatabase = useDatabases();
  const fixtures: ChatFixture[] = [];
  let db: Awaited<ReturnType<typeof newDatabase>>['db'];
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
    return { projectId: fixture.project.id, messageId, leftAt: new Date(), decision: null };
  }

  async function edit(messageId: string, content: string): Promise<string> {
    const { id } = await fixture.chat.versions.edit({
      ...leaving(messageId),
      ...{ content, clientMessageId: randomUUID(), attachments: [] },
      ...{ organizationId: fixture.project.organizationId, correlationId: 'correlation-1' },
    });
    await answered(id);
    return id;
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

    await fixture.chat.versions.show(leaving(two));
    await say('five');
    expect(await texts()).toEqual(['one', 'A1', 'two', 'A2', 'three', 'A3', 'five', 'A6']);
    expect(await versionsOf(two)).toEqual([two, other]);

    await fixture.chat.versions.show(leaving(other));
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

    await fixture.chat.versions.show(leaving(one));
    expect(await texts()).toEqual(['one', 'A1']);
    await fixture.chat.versions.show(leaving(below));
    expect(await texts()).toEqual(['One', 'A3', 'two', 'A4']);
  });

  it('belong to the app as it was when their line was left', async () => {
    const one = await say('one');
    const begun = await fixture.chat.service.startOf(fixture.project.id, one);
    const leftAt = new Date(begun.at.getTime() + 1234);
    const { organizationId } = fixture.project;
    const other = await fixture.chat.versions.edit({
      ...{ ...leaving(one), leftAt, decision: 'Went back' },
      ...{ content: 'ONE', clientMessageId: randomUUID(), attachments: [] },
      ...{ organizationId, correlationId: 'correlation-1' },
    });
    await answered(other.id);

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
      await expect(fixture.chat.versions.show(target)).rejects.toMatchObject({
        code: 'not_found',
      });
    expect(await fixture.chat.versions.sent(stranger.id, randomUUID())).toBeUndefined();
  });
});
