import { randomUUID } from 'node:crypto';
import { conversations, messages, turns } from '@spt-flow/db/schema';
import { describe, expect, it } from 'vitest';
import {
  calls,
  finish,
  says,
  scriptedProvider,
  write,
  type ScriptedReply,
} from '../../src/features/chat/testing/scripted-provider.ts';
import { insertProject, useChats, type ChatFixture } from './chat-fixture.ts';
import { heldReply } from './held-reply.ts';
import { adminOf } from '../support/open-access.ts';

describe('the queue of a conversation', () => {
  const chats = useChats();

  function start(...replies: ScriptedReply[]): ChatFixture {
    return chats.start({ provider: scriptedProvider(...replies) });
  }

  function of(messageId: string) {
    return { organizationId: chats.project.organizationId, handle: chats.project.id, messageId };
  }

  async function running(fixture: ChatFixture): Promise<void> {
    await expect
      .poll(async () => (await fixture.messages()).items.at(-1)?.content, { timeout: 20_000 })
      .toBe('Working on it');
  }

  it('runs one turn at a time and queues the others in their order', async () => {
    const held = heldReply();
    const provider = scriptedProvider(held.reply, says('second'), says('third'));
    const fixture = chats.start({ provider });

    await fixture.send('one');
    await held.started;
    await fixture.send('two');
    await fixture.send('three');
    const states = (await chats.db.select().from(turns).orderBy(turns.createdAt)).map(
      (turn) => turn.state,
    );
    held.release();
    const answers = await fixture.settled(3);

    expect(states).toEqual(['running', 'queued', 'queued']);
    expect(answers.map((answer) => answer.content)).toEqual(['Working on it', 'second', 'third']);
    const seen = provider.requests.at(-1)?.messages.map((message) => JSON.stringify(message.parts));
    expect(seen?.map((parts) => /"text":"(.+?)"/.exec(parts)?.[1])).toEqual([
      'one',
      'Working on it',
      'two',
      'second',
      'three',
    ]);
  });

  it('takes no more messages than may wait, however many are sent at once', async () => {
    const held = heldReply();
    const fixture = start(held.reply);
    await fixture.send('one');
    await held.started;

    const sent = await Promise.allSettled(
      Array.from({ length: 52 }, (_, index) => fixture.send(`message ${index}`)),
    );

    const refused = { status: 'rejected', reason: { code: 'limit_reached' } };
    expect(sent.filter(({ status }) => status === 'rejected')).toMatchObject([refused, refused]);
  });

  it('stop ends the running turn, leaves the app unchanged, and keeps the queue', async () => {
    const held = heldReply();
    const fixture = start(held.reply, says('next'));
    await fixture.send('one');
    await held.started;
    await fixture.send('two');

    const stopped = await fixture.stop();
    const answers = await fixture.settled(2);

    expect(stopped).toEqual({ stopped: true });
    expect(answers.map((answer) => answer.state)).toEqual(['stopped', 'done']);
    expect(answers[0]?.content).toContain('Your app is unchanged');
    expect(fixture.changes).toEqual([]);
  });

  it('stop with nothing running says so', async () => {
    const fixture = start();

    expect(await fixture.stop()).toEqual({
      stopped: false,
    });
  });

  it('a turn that a shutdown cut off begins again at the next start', async () => {
    const held = heldReply();
    const before = start(held.reply);
    const sent = await before.send('a page');
    await held.started;
    await before.chat.close();

    const after = start(calls(write('index.html', '<h1>Hi</h1>'), finish('A page')));
    await after.chat.resumeTurns();
    const answers = await after.settled(1);

    expect(answers).toHaveLength(1);
    expect(answers[0]).toMatchObject({
      state: 'done',
      turnId: sent.turnId,
      content: expect.not.stringContaining('Working on it'),
    });
    expect(after.changes).toHaveLength(1);
    expect(await chats.db.select().from(turns)).toMatchObject([{ attempts: 2, state: 'done' }]);
  });

  it('a turn that was cut off too often fails with plain words', async () => {
    const fixture = start(says('never'));
    await fixture.chat.close();
    await fixture.send('a page');
    await chats.db.update(turns).set({ state: 'running', attempts: 3 });

    const after = start(says('never'));
    await after.chat.resumeTurns();

    expect(await after.settled(1)).toMatchObject([
      { state: 'failed', content: expect.stringContaining('interrupted several times') },
    ]);
  });

  it('answers the last message anew, in the place of the old answer', async () => {
    const fixture = start(says('first'), says('second'));
    const sent = await fixture.send('hello');
    const [before] = await fixture.settled(1);

    await fixture.chat.service.retry(of(sent.id));
    await expect
      .poll(async () => (await fixture.messages()).items.at(-1)?.content, { timeout: 20_000 })
      .toBe('second');

    const { items } = await fixture.messages();
    expect(items.map(({ role }) => role)).toEqual(['user', 'assistant']);
    expect(items[1]?.id).toBe(before?.id);
    const announced = (await fixture.events()).filter(({ type }) => type === 'message.added');
    expect(announced.at(-1)).toMatchObject({ message: { id: before?.id, content: '' } });
  });

  it('keeps when the work on a message began first', async () => {
    const fixture = start(says('first'), says('second'));
    const sent = await fixture.send('hello');
    await fixture.settled(1);
    const before = await fixture.chat.service.startOf(chats.project.id, sent.id);

    await fixture.chat.service.retry(of(sent.id));
    await expect
      .poll(async () => (await fixture.messages()).items.at(-1)?.content, { timeout: 20_000 })
      .toBe('second');

    expect(await fixture.chat.service.startOf(chats.project.id, sent.id)).toEqual(before);
  });

  it('answers nothing anew but the last message, and that only when it is idle', async () => {
    const fixture = start(says('first'), heldReply().reply);
    const first = await fixture.send('one');
    await fixture.settled(1);
    const second = await fixture.send('two');
    await running(fixture);

    await expect(fixture.chat.service.retry(of(second.id))).rejects.toMatchObject({
      code: 'turn_running',
    });
    await fixture.stop();
    await fixture.settled(2);
    await expect(fixture.chat.service.retry(of(first.id))).rejects.toMatchObject({
      code: 'conflict',
    });
  });

  it('lets a message go whose turn has not begun, and tells everybody', async () => {
    const fixture = start(heldReply().reply, says('never'));
    const begun = await fixture.send('one');
    await running(fixture);
    const waiting = await fixture.send('two');

    await fixture.chat.service.withdraw(of(waiting.id));
    await expect(fixture.chat.service.withdraw(of(begun.id))).rejects.toMatchObject({
      code: 'conflict',
    });
    await expect(fixture.chat.service.withdraw(of(waiting.id))).rejects.toMatchObject({
      code: 'not_found',
    });
    await fixture.stop();
    await fixture.settled(1);

    expect((await fixture.messages()).items.map(({ content }) => content)).not.toContain('two');
    expect(await chats.db.select().from(turns)).toMatchObject([{ state: 'stopped' }]);
    expect(await fixture.events()).toContainEqual({
      type: 'message.removed',
      messageId: waiting.id,
    });
  });

  it('is busy for as long as something runs or waits', async () => {
    const fixture = start(heldReply().reply);
    expect(await fixture.chat.service.isBusy(chats.project.id)).toBe(false);
    const sent = await fixture.send('one');
    expect(await fixture.chat.service.isBusy(chats.project.id)).toBe(true);
    await running(fixture);

    await fixture.stop();
    await fixture.settled(1);

    expect(await fixture.chat.service.isBusy(chats.project.id)).toBe(false);
    expect(sent.state).toBeNull();
  });

  it('knows no messages of others', async () => {
    const fixture = start(says('ok'));
    const sent = await fixture.send('hello');
    await fixture.settled(1);
    const other = await insertProject(chats.db);
    const stranger = { ...of(sent.id), organizationId: other.organizationId };

    for (const asked of [stranger, of(randomUUID())]) {
      await expect(fixture.chat.service.retry(asked)).rejects.toMatchObject({ code: 'not_found' });
      await expect(fixture.chat.service.withdraw(asked)).rejects.toMatchObject({
        code: 'not_found',
      });
    }
    await expect(fixture.chat.service.startOf(other.id, sent.id)).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('tells those who look at the conversation what one does, beside its messages', async () => {
    const fixture = start();
    const ann = {
      organizationId: chats.project.organizationId,
      userId: randomUUID(),
      userName: 'Ann',
    };

    await fixture.chat.service.tellPresence(ann, chats.project.id, 'typing');

    expect(await fixture.events(`presence:${chats.project.id}`)).toEqual([
      { type: 'presence', userId: ann.userId, userName: 'Ann', activity: 'typing' },
    ]);
    expect(await fixture.events()).toEqual([]);
  });

  it('is searched by the beginnings of words, newest first, in the own organization only', async () => {
    const fixture = start();
    const other = await insertProject(chats.db);
    for (const row of await chats.db.select().from(conversations))
      await chats.db.insert(messages).values(
        ['Make the title larger', 'A guestbook, please', 'The TITLE is too large'].map(
          (content, index) => ({
            organizationId: row.organizationId,
            conversationId: row.id,
            role: 'user' as const,
            content,
            createdAt: new Date(1000 + index),
          }),
        ),
      );
    const search = (words: string, organizationId = chats.project.organizationId) =>
      fixture.chat.service.search({
        ...{ viewer: adminOf(organizationId), words, cursor: undefined, limit: 10 },
      });

    const found = await search('larg titl');

    expect(found.items.map(({ excerpt }) => excerpt.map(({ text }) => text).join(''))).toEqual([
      expect.stringContaining('TITLE is too large'),
      expect.stringContaining('title larger'),
    ]);
    expect(found.items[0]?.excerpt.filter(({ isHit }) => isHit)).toEqual([
      { text: 'TITLE', isHit: true },
      { text: 'large', isHit: true },
    ]);
    expect(found.items[0]?.project.id).toBe(chats.project.id);
    expect((await search('title', other.organizationId)).items).toHaveLength(2);
    expect((await search("' & ! :* (")).items).toEqual([]);
    expect((await search('nowhere')).items).toEqual([]);
  });

  it('finds an answer once it is whole', async () => {
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const fixture = start(async function* reply() {
      yield { type: 'text', text: 'Xylophones' };
      await released;
      yield { type: 'text', text: ' sound' };
      yield { type: 'done', reason: 'finished' };
    });
    const found = async () => {
      const { organizationId } = chats.project;
      const asked = { viewer: adminOf(organizationId), words: 'xylophone', limit: 10 };
      return (await fixture.chat.service.search(asked)).items.length;
    };
    await fixture.send('What is loud?');
    await expect
      .poll(async () => (await fixture.messages()).items.at(-1)?.content, { timeout: 20_000 })
      .toBe('Xylophones');
    expect(await found()).toBe(0);

    release();
    await fixture.settled(1);
    expect(await found()).toBe(1);
  });
});
