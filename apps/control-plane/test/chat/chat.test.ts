import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { eq } from 'drizzle-orm';
import { conversations, messages, projects, turns } from '@spt-flow/db/schema';
import type { LiveEvent } from '@spt-flow/shared/api/live';
import { AppError } from '@spt-flow/shared/domain/errors';
import { describe, expect, it } from 'vitest';
import { createTemplateProvider } from '../../src/features/chat/providers/templates/template-provider.ts';
import {
  calls,
  fail,
  finish,
  says,
  scriptedProvider,
  usageOf,
  write,
} from '../../src/features/chat/testing/scripted-provider.ts';
import { noDeployment, noMachine } from '../../src/features/chat/testing/memory-machine.ts';
import { useChats } from './chat-fixture.ts';
import { heldReply } from './held-reply.ts';

const templatesDir = fileURLToPath(
  new URL('../../src/features/chat/app-templates', import.meta.url),
);

describe('chat', () => {
  const chats = useChats();

  it('builds an app without a key, from the message to the stored answer', async () => {
    const fixture = chats.start({ provider: createTemplateProvider({ templatesDir }) });

    const sent = await fixture.send('a guestbook for my café');
    const [answer] = await fixture.settled(1);

    expect(sent).toMatchObject({ role: 'user', content: 'a guestbook for my café', state: null });
    expect(answer).toMatchObject({ role: 'assistant', state: 'done', turnId: sent.turnId });
    expect(answer?.content).toContain('Done: your app is running');
    expect(answer?.steps[0]).toMatchObject({
      label: 'Waking up your app’s machine',
      state: 'done',
    });
    expect(answer?.changeSetId).not.toBeNull();
    expect(fixture.changes[0]).toMatchObject({
      correlationId: 'correlation-1',
      turnId: sent.turnId,
    });
    const [row] = await chats.db.select().from(projects).where(eq(projects.id, chats.project.id));
    expect(row).toMatchObject({ status: 'ready', template: 'node-web' });
    expect(await fixture.messages()).toMatchObject({
      provider: { name: 'Templates', model: null, templatesOnly: true },
    });
  });

  it('counts the tokens of a turn once, all replies of the model together', async () => {
    const fixture = chats.start({
      provider: scriptedProvider(calls(write('index.html', '<h1>Hi</h1>')), calls(finish('Hi'))),
    });

    await fixture.send('hello');
    const [answer] = await fixture.settled(1);

    expect(answer).toMatchObject({ state: 'done', tokensUsed: 30 });
    const model = { provider: 'Scripted', model: 'script-1' };
    expect(fixture.countedTokens).toEqual([
      { ...model, inputTokens: 20, outputTokens: 10, costMicros: 0 },
    ]);
  });

  it('counts the tokens of a turn that failed too, and none for templates', async () => {
    const failing = chats.start({
      provider: scriptedProvider([usageOf(10, 5), fail('badRequest', false)]),
    });
    await failing.send('hello');
    const [answer] = await failing.settled(1);
    await failing.chat.close();
    const templates = chats.start({ provider: createTemplateProvider({ templatesDir }) });
    await templates.send('a guestbook');
    await templates.settled(2);

    expect(answer).toMatchObject({ state: 'failed' });
    expect(failing.countedTokens).toMatchObject([{ inputTokens: 10, outputTokens: 5 }]);
    expect(templates.countedTokens).toEqual([]);
  });

  it('streams the same answer that it stores', async () => {
    const fixture = chats.start({
      provider: scriptedProvider([
        { type: 'text', text: 'One ' },
        { type: 'text', text: 'two' },
        { type: 'done', reason: 'finished' },
      ]),
    });

    await fixture.send('hello');
    const [answer] = await fixture.settled(1);

    const events = await fixture.events();
    const streamed = events
      .flatMap((event) => (event.type === 'message.delta' ? [event.text] : []))
      .join('');
    expect(
      events
        .map((event) => event.type)
        .filter((type) => type !== 'message.step' && type !== 'message.delta'),
    ).toEqual(['message.added', 'message.added', 'message.done']);
    expect(streamed).toBe('One two');
    expect(events.at(-1)).toEqual({ type: 'message.done', message: answer });
  });

  it('gives a page that is opened in the middle exactly what its cursor does not repeat', async () => {
    const held = heldReply();
    const fixture = chats.start({ provider: scriptedProvider(held.reply) });
    await fixture.send('hello');
    await held.started;
    let page = await fixture.messages();
    while (page.items.at(-1)?.content === '') page = await fixture.messages();
    held.release();
    await fixture.settled(1);

    const events = await fixture.events();
    const textOf = (some: readonly LiveEvent[]) =>
      some.flatMap((event) => (event.type === 'message.delta' ? [event.text] : [])).join('');
    expect(textOf(events.slice(0, page.liveCursor))).toBe(page.items.at(-1)?.content);
    expect(page.items.at(-1)).toMatchObject({ state: 'running', content: 'Working on it' });
  });

  it('takes a message that is sent twice once', async () => {
    const fixture = chats.start({ provider: scriptedProvider(says('ok'), says('again')) });
    const id = randomUUID();

    const [first, second] = await Promise.all([
      fixture.send('hello', id),
      fixture.send('hello', id),
    ]);
    await fixture.settled(1);
    const third = await fixture.send('hello', id);

    expect(new Set([first.id, second.id, third.id]).size).toBe(1);
    expect((await fixture.messages()).items).toHaveLength(2);
    expect(await chats.db.select().from(turns)).toHaveLength(1);
  });

  it('stores tokens and what was decided', async () => {
    const fixture = chats.start({
      provider: scriptedProvider(calls(write('a.txt', 'a'), finish('Wrote a file')), says('ok')),
    });

    await fixture.send('one');
    const [answer] = await fixture.settled(1);

    expect(answer?.tokensUsed).toBe(15);
    expect(await chats.db.select().from(turns)).toMatchObject([
      { inputTokens: 10, outputTokens: 5, state: 'done' },
    ]);
    expect(await chats.db.select().from(conversations)).toMatchObject([
      { decisions: ['Wrote a file'] },
    ]);
  });

  it('puts the app online when that is all that is asked, and says where and for whom', async () => {
    const url = 'http://cafe.preview.localhost:8080/';
    let isAnswering = true;
    const fixture = chats.start({
      provider: createTemplateProvider({ templatesDir }),
      deploy: async () => ({ url, sharing: 'organization', isAnswering }),
    });

    await fixture.send('deploy this');
    await fixture.settled(1);
    await fixture.send('a guestbook for my café');
    await fixture.settled(2);
    await fixture.send('Publish it!');
    await fixture.settled(3);
    isAnswering = false;
    await fixture.send('go live');
    const answers = await fixture.settled(4);

    expect(answers.map(({ state }) => state)).toEqual(['done', 'done', 'done', 'failed']);
    expect(answers[0]?.content).toContain('There is no app yet');
    expect(answers[2]?.content).toContain(`it answers: ${url}`);
    expect(answers[2]?.content).toContain('Everybody in your organization can open it');
    expect(answers[2]?.steps.at(-1)).toMatchObject({ label: 'Putting your app online' });
    expect(answers[3]?.content).toContain('does not answer');
    expect(fixture.changes).toHaveLength(1);
  });

  it('says in plain words that the machine did not start', async () => {
    const fixture = chats.start({
      provider: scriptedProvider(says('never')),
      workspaces: { ensureReady: () => Promise.reject(new AppError('workspace_start_failed')) },
    });

    await fixture.send('one');
    const [answer] = await fixture.settled(1);

    expect(answer).toMatchObject({
      state: 'failed',
      content:
        'The workspace could not be started. Your work is saved. See its logs and start it again.',
    });
    expect(answer?.steps.every((step) => step.state !== 'running')).toBe(true);
  });

  it('survives a fault of its own with a plain answer and goes on', async () => {
    let broken = true;
    const fixture = chats.start({
      provider: scriptedProvider(says('fine')),
      workspaces: {
        ensureReady: async () => {
          if (broken) throw new TypeError('secret internals');
          return {
            workspaceId: randomUUID(),
            files: { list: async () => [], read: async () => null },
            machine: () => noMachine,
            deploy: noDeployment,
            lookAt: async () => undefined,
            secrets: [],
          };
        },
      },
    });

    await fixture.send('one');
    await fixture.settled(1);
    broken = false;
    await fixture.send('two');
    const answers = await fixture.settled(2);

    expect(answers.map((answer) => answer.state)).toEqual(['failed', 'done']);
    expect(answers[0]?.content).not.toContain('secret internals');
    expect(answers[1]?.steps).toEqual([]);
  });

  it('a change that does not work keeps its receipt and is not remembered as a decision', async () => {
    const rolledBack = { outcome: 'rolled_back', reason: 'exit 1', probe: null } as const;
    const fixture = chats.start({
      provider: scriptedProvider(calls(write('a.js', '('), finish('Broke it')), says('I cannot.')),
      outcomes: [rolledBack],
    });

    await fixture.send('one');
    const [answer] = await fixture.settled(1);

    expect(answer).toMatchObject({ state: 'failed', changeSetId: expect.any(String) });
    expect(await chats.db.select().from(conversations)).toMatchObject([{ decisions: [] }]);
  });

  it('pages through a long conversation without a gap', async () => {
    const fixture = chats.start({ provider: scriptedProvider() });
    const [conversation] = await chats.db.select().from(conversations);
    const ofConversation = {
      organizationId: chats.project.organizationId,
      conversationId: conversation?.id ?? '',
    };
    const texts = Array.from(
      { length: 25 },
      (_, index) => `message ${String(index).padStart(2, '0')}`,
    );
    await chats.db.insert(messages).values(
      texts.map((content, index) => ({
        ...ofConversation,
        role: 'user' as const,
        content,
        createdAt: new Date(1000 + index),
      })),
    );

    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await fixture.chat.service.messages({
        organizationId: chats.project.organizationId,
        handle: chats.project.id,
        cursor,
        limit: 10,
      });
      seen.unshift(...page.items.map((message) => message.content));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);

    expect(seen).toEqual(texts);
  });

  it('knows nothing of projects of another organization', async () => {
    const fixture = chats.start({ provider: scriptedProvider(says('never')) });
    const other = randomUUID();
    const strange = { organizationId: other, handle: chats.project.id };

    await expect(
      fixture.chat.service.messages({ ...strange, cursor: undefined, limit: 10 }),
    ).rejects.toMatchObject({ code: 'not_found' });
    await expect(
      fixture.chat.service.send({
        ...strange,
        clientMessageId: randomUUID(),
        content: 'x',
        correlationId: 'correlation-1',
      }),
    ).rejects.toMatchObject({ code: 'not_found' });
    await expect(fixture.chat.service.stop(other, chats.project.id)).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});
