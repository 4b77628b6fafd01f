import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { organizationMembers, projects } from '@spt-flow/db/schema';
import { conversationRoutes } from '@spt-flow/shared/api/conversations';
import { registerChatRoutes } from '../../src/features/chat/index.ts';
import { says, scriptedProvider } from '../../src/features/chat/testing/scripted-provider.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createAuthApp, OWN_ORIGIN } from '../support/auth-app.ts';
import { useDatabases } from '../support/database.ts';
import { createChatFixture, insertProject, type ChatFixture } from './chat-fixture.ts';

describe('chat routes', () => {
  const newDatabase = useDatabases();
  let app: FastifyInstance;
  let cookie: string;
  let fixture: ChatFixture;
  let url: string;

  beforeEach(async () => {
    const { db } = await newDatabase();
    const shell = await createAuthApp(db, systemClock);
    app = shell.app;
    // Routes come before the first request, the project after the setup.
    registerChatRoutes(app, {
      messages: (input) => fixture.chat.service.messages(input),
      send: (input) => fixture.chat.service.send(input),
      stop: (organizationId, handle) => fixture.chat.service.stop(organizationId, handle),
      retry: (input) => fixture.chat.service.retry(input),
      withdraw: (input) => fixture.chat.service.withdraw(input),
      search: (input) => fixture.chat.service.search(input),
      tellPresence: (...input) => fixture.chat.service.tellPresence(...input),
      usage: (organizationId, handle) => fixture.chat.service.usage(organizationId, handle),
      setBudget: (input) => fixture.chat.service.setBudget(input),
      attach: (...input) => fixture.chat.service.attach(...input),
      attachment: (input) => fixture.chat.service.attachment(input),
      screenshot: (input) => fixture.chat.service.screenshot(input),
    });
    const token = await shell.auth.prepareSetup();
    const setup = await app.inject({
      method: 'POST',
      url: '/api/v1/setup',
      payload: { token, email: 'ada@example.com', name: 'Ada', password: 'correct horse battery' },
    });
    cookie = `${setup.cookies[0]?.name}=${setup.cookies[0]?.value}`;
    const project = await insertProject(db);
    const [member] = await db.select().from(organizationMembers);
    const organizationId = member?.organizationId ?? '';
    await db.update(projects).set({ organizationId }).where(eq(projects.id, project.id));
    fixture = createChatFixture({
      db,
      project: { id: project.id, organizationId },
      provider: scriptedProvider(says('Hello'), says('Again')),
    });
    url = `/api/v1/projects/${project.id}`;
  });
  afterEach(async () => {
    await fixture.chat.close();
    await app.close();
  });

  function post(
    path: string,
    payload: object,
    headers: Record<string, string> = { cookie, origin: OWN_ORIGIN },
  ) {
    return app.inject({ method: 'POST', url: path, payload, headers });
  }

  it('answers at once, and the conversation holds both sides later', async () => {
    const sent = await post(`${url}/messages`, { clientMessageId: randomUUID(), content: ' hi ' });
    await fixture.settled(1);
    const list = await app.inject({ url: `${url}/messages`, headers: { cookie } });

    expect(sent.statusCode).toBe(202);
    expect(sent.json()).toMatchObject({ success: true, data: { role: 'user', content: 'hi' } });
    const page = conversationRoutes.messages.response.parse(list.json().data);
    expect(page.items.map((message) => message.content)).toEqual(['hi', 'Hello']);
    expect(page.liveCursor).toBeGreaterThan(0);
  });

  it('stop answers whether something was stopped', async () => {
    const answer = await post(`${url}/stop-turn`, {});

    expect([answer.statusCode, answer.json().data]).toEqual([202, { stopped: false }]);
  });

  it('answers anew, finds what was said, and tells who is there', async () => {
    const sent = await post(`${url}/messages`, { clientMessageId: randomUUID(), content: 'hi' });
    await fixture.settled(1);
    const { id } = sent.json().data;

    const retried = await post(`${url}/messages/${id}/retry`, {});
    await expect
      .poll(async () => (await fixture.messages()).items.at(-1)?.content, { timeout: 20_000 })
      .toBe('Again');
    const found = await app.inject({ url: '/api/v1/messages?words=agai', headers: { cookie } });
    const told = await post(`${url}/presence`, { activity: 'here' });
    const withdrawn = await app.inject({
      method: 'DELETE',
      url: `${url}/messages/${id}`,
      headers: { cookie, origin: OWN_ORIGIN },
    });

    expect(retried.statusCode).toBe(202);
    expect(found.json().data.items).toMatchObject([{ role: 'assistant' }]);
    expect(told.statusCode).toBe(200);
    expect(withdrawn.json()).toMatchObject({ error: { code: 'conflict' } });
    expect((await post(`${url}/presence`, { activity: 'asleep' })).statusCode).toBe(400);
  });

  it.each([
    ['no text', { clientMessageId: randomUUID(), content: '  ' }],
    ['too much text', { clientMessageId: randomUUID(), content: 'x'.repeat(20_001) }],
    ['no id', { content: 'hi' }],
    ['a short id', { clientMessageId: 'x', content: 'hi' }],
  ])('refuses a message with %s', async (_what, body) => {
    expect((await post(`${url}/messages`, body)).json()).toMatchObject({
      error: { code: 'validation_failed' },
    });
  });

  it('refuses strangers, other sites and unknown projects', async () => {
    const body = { clientMessageId: randomUUID(), content: 'hi' };

    expect((await post(`${url}/messages`, body, {})).statusCode).toBe(401);
    expect(
      (await post(`${url}/messages`, body, { cookie, origin: 'http://evil.example' })).statusCode,
    ).toBe(403);
    expect((await post(`/api/v1/projects/${randomUUID()}/messages`, body)).statusCode).toBe(404);
    expect(
      (await app.inject({ url: `${url}/messages?cursor=nonsense`, headers: { cookie } }))
        .statusCode,
    ).toBe(400);
  });
});
