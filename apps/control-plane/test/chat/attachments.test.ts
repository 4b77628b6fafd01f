import { randomUUID } from 'node:crypto';
import { attachments, projects } from '@spt-flow/db/schema';
import { SentContentSchema } from '@spt-flow/shared/api/conversations';
import { eq } from 'drizzle-orm';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { says, scriptedProvider } from '../../src/features/chat/testing/scripted-provider.ts';
import { aPng } from '../../src/features/chat/testing/sample-pictures.ts';
import { useDatabases, type TestDatabase } from '../support/database.ts';
import { createChatFixture, insertProject, type ChatFixture } from './chat-fixture.ts';

const PICTURE = aPng().toString('base64');

describe('pictures of a conversation', () => {
  const newDatabase = useDatabases();
  const fixtures: ChatFixture[] = [];
  let db: TestDatabase['db'];
  let provider: ReturnType<typeof scriptedProvider>;
  let fixture: ChatFixture;

  beforeAll(async () => {
    ({ db } = await newDatabase());
  });
  beforeEach(async () => {
    provider = scriptedProvider(says('I see.'), says('Still.'), says('Yes.'));
    fixture = await start();
  });
  afterEach(async () => {
    for (const each of fixtures.splice(0)) await each.chat.close();
  });

  async function start(): Promise<ChatFixture> {
    const started = createChatFixture({ db, project: await insertProject(db), provider });
    fixtures.push(started);
    return started;
  }

  function upload({ chat, project }: ChatFixture, base64 = PICTURE) {
    return chat.service.attach(project.organizationId, project.id, base64);
  }

  function look({ chat, project }: ChatFixture, attachmentId: string) {
    const { organizationId, id: handle } = project;
    return chat.service.attachment({ organizationId, handle, attachmentId });
  }

  /** What the model saw with its last request. */
  function seen() {
    const parts = provider.requests.at(-1)?.messages.flatMap((message) => [...message.parts]);
    return parts?.filter((part) => part.type === 'image') ?? [];
  }

  it('are sent with a message, seen by the model, then and later, and shown with their words', async () => {
    const { id, ...size } = await upload(fixture);
    expect(size).toEqual({ mediaType: 'image/png', width: 2, height: 3 });
    await fixture.send('Like this', randomUUID(), {
      attachments: [{ id, alt: 'A sketch' }],
    });
    await fixture.settled(1);

    expect(seen()).toMatchObject([{ mediaType: 'image/png', alt: 'A sketch' }]);
    const { items } = await fixture.messages();
    expect(items[0]?.attachments).toEqual([{ ...size, id, alt: 'A sketch' }]);
    const { dataUrl } = await look(fixture, id);
    const stored = Buffer.from(dataUrl.slice('data:image/png;base64,'.length), 'base64');
    expect(stored.includes('Ann')).toBe(false);

    await fixture.send('And in blue');
    await fixture.settled(2);
    expect(seen()).toHaveLength(1);
  });

  it('are no others than pictures', async () => {
    for (const file of ['<svg onload="alert(1)"/>', '<!doctype html>', ''])
      await expect(upload(fixture, Buffer.from(file).toString('base64'))).rejects.toMatchObject({
        code: 'picture_invalid',
      });
    await expect(
      upload(fixture, Buffer.alloc(5 * 1024 * 1024 + 1).toString('base64')),
    ).rejects.toMatchObject({ code: 'picture_too_large' });
  });

  it('of other projects are not there, neither to look at nor to send', async () => {
    const other = await start();
    const { id } = await upload(other);

    await expect(look(fixture, id)).rejects.toMatchObject({ code: 'not_found' });
    for (const missing of [id, randomUUID()])
      await expect(
        fixture.send('See', randomUUID(), { attachments: [{ id: missing, alt: '' }] }),
      ).rejects.toMatchObject({ code: 'not_found' });
    expect((await fixture.messages()).items).toEqual([]);
    await expect(
      fixture.chat.service.attach(other.project.organizationId, fixture.project.id, PICTURE),
    ).rejects.toMatchObject({ code: 'not_found' });
  });

  it('are four at most', () => {
    const five = Array.from({ length: 5 }, () => ({ id: randomUUID(), alt: '' }));
    const message = { clientMessageId: randomUUID(), content: 'See' };

    expect(SentContentSchema.safeParse({ ...message, attachments: five }).success).toBe(false);
    expect(SentContentSchema.safeParse({ ...message, attachments: five.slice(1) }).success).toBe(
      true,
    );
  });

  it('that are gone do not keep a message from being answered', async () => {
    const { id } = await upload(fixture);
    await fixture.send('One', randomUUID(), { attachments: [{ id, alt: '' }] });
    await fixture.settled(1);
    await db.delete(attachments).where(eq(attachments.id, id));

    await fixture.send('Two');

    expect((await fixture.settled(2))[1]?.content).toBe('Still.');
    await expect(look(fixture, id)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('go after a day when nobody sent them, and with their project', async () => {
    const unsent = await upload(fixture);
    const sent = await upload(fixture);
    await fixture.send('One', randomUUID(), { attachments: [{ id: sent.id, alt: '' }] });
    await fixture.settled(1);
    await db.update(attachments).set({ createdAt: new Date(0) });

    await upload(fixture);

    const left = async () =>
      db
        .select({ id: attachments.id })
        .from(attachments)
        .where(eq(attachments.projectId, fixture.project.id));
    const ids = (await left()).map(({ id }) => id);
    expect(ids).toContain(sent.id);
    expect(ids).not.toContain(unsent.id);
    await db.delete(projects).where(eq(projects.id, fixture.project.id));
    expect(await left()).toEqual([]);
  });
});
