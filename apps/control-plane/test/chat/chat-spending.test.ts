import { auditLog } from '@spt-flow/db/schema';
import { eq } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import {
  calls,
  finish,
  says,
  scriptedProvider,
  usageOf,
  write,
} from '../../src/features/chat/testing/scripted-provider.ts';
import { seedTenant } from '../workspaces/seed.ts';
import { insertProject, useChats } from './chat-fixture.ts';

/** 10 input and 5 output tokens cost 70 millionths of a dollar. */
const PRICES = { 'script-1': { input: 2, output: 10, cachedInput: 1, writtenInput: 2 } };
const COST_OF_REPLY = 70;
const PICTURE = Buffer.from('a picture');

describe('what the chat costs and shows', () => {
  const chats = useChats();

  it('is counted per message and per project', async () => {
    const fixture = chats.start({
      provider: scriptedProvider(says('One'), says('Two')),
      spending: { prices: PRICES, projectBudgetMicros: 1_000_000 },
    });

    await fixture.send('first');
    await fixture.settled(1);
    await fixture.send('second');
    const answers = await fixture.settled(2);

    expect(answers.map((message) => message.costMicros)).toEqual([COST_OF_REPLY, COST_OF_REPLY]);
    expect(
      await fixture.chat.service.usage(chats.project.organizationId, chats.project.id),
    ).toEqual({
      tokens: 30,
      costMicros: 2 * COST_OF_REPLY,
      budgetMicros: 1_000_000,
      ownBudgetMicros: null,
    });
    expect(fixture.countedTokens.map(({ costMicros }) => costMicros)).toEqual([
      COST_OF_REPLY,
      COST_OF_REPLY,
    ]);
  });

  it('counts each answer of a message that is answered again', async () => {
    const fixture = chats.start({
      provider: scriptedProvider(says('One'), says('Another')),
      spending: { prices: PRICES },
    });
    const { id: messageId } = await fixture.send('first');
    await fixture.settled(1);

    const { organizationId, id: handle } = chats.project;
    await fixture.chat.service.retry({ organizationId, handle, messageId });
    await expect.poll(async () => (await fixture.settled(1)).at(-1)?.content).toContain('Another');

    expect(await fixture.chat.service.usage(organizationId, handle)).toMatchObject({
      tokens: 30,
      costMicros: 2 * COST_OF_REPLY,
    });
  });

  it('ends before the budget of the project is passed, and says so', async () => {
    const provider = scriptedProvider(
      [usageOf(40_000, 1000), { type: 'text', text: 'Dear' }, { type: 'done', reason: 'finished' }],
      says('never asked'),
    );
    const fixture = chats.start({
      provider,
      spending: { prices: PRICES, projectBudgetMicros: 100_000 },
    });

    await fixture.send('first');
    await fixture.settled(1);
    await fixture.send('second');
    const [, second] = await fixture.settled(2);

    expect(second).toMatchObject({ state: 'failed' });
    expect(second?.content).toContain('budget of this project');
    expect(provider.requests).toHaveLength(1);
  });

  it('keeps to the budget that a project was given, below that of all projects', async () => {
    const provider = scriptedProvider(says('never asked'));
    const fixture = chats.start({
      ...{ provider, spending: { prices: PRICES, projectBudgetMicros: 1_000_000 } },
    });
    const { principal } = await seedTenant(chats.db);
    const own = { ...principal, organizationId: chats.project.organizationId };
    const set = (budgetMicros: number | null, as = own) =>
      fixture.chat.service.setBudget({
        ...{
          principal: as,
          handle: chats.project.id,
          budgetMicros,
          correlationId: 'correlation-1',
        },
      });

    expect(await set(2_000_000)).toMatchObject({
      ...{ budgetMicros: 1_000_000, ownBudgetMicros: 2_000_000 },
    });
    expect(await set(0)).toMatchObject({ budgetMicros: 0, ownBudgetMicros: 0 });
    await expect(set(null, principal)).rejects.toMatchObject({ code: 'not_found' });
    await fixture.send('first');
    const [answer] = await fixture.settled(1);

    expect(answer?.content).toContain('budget of this project');
    expect(provider.requests).toEqual([]);
    expect(await set(null)).toMatchObject({ budgetMicros: 1_000_000, ownBudgetMicros: null });
    const entries = await chats.db
      .select()
      .from(auditLog)
      .where(eq(auditLog.action, 'project.chat-budget'));
    expect(entries.map(({ detail }) => detail)).toEqual(
      [2_000_000, 0, null].map((budgetMicros) => ({ budgetMicros })),
    );
  });

  it('keeps the picture of the page for those who may see the project', async () => {
    const fixture = chats.start({
      provider: scriptedProvider(calls(write('a.js', '1'), finish('Added a page'))),
      lookAt: async () => ({ title: 'Café', picture: PICTURE, problems: [], isPartial: false }),
    });

    await fixture.send('a page');
    const [answer] = await fixture.settled(1);

    expect(answer?.proof).toMatchObject({ title: 'Café', problems: [] });
    const input = {
      organizationId: chats.project.organizationId,
      handle: chats.project.id,
      screenshotId: answer?.proof?.screenshotId ?? '',
    };
    expect(await fixture.chat.service.screenshot(input)).toEqual({
      dataUrl: `data:image/jpeg;base64,${PICTURE.toString('base64')}`,
    });
    await expect(
      fixture.chat.service.screenshot({ ...input, organizationId: crypto.randomUUID() }),
    ).rejects.toMatchObject({ code: 'not_found' });
    const other = await insertProject(chats.db);
    await expect(
      chats.start({ project: other, provider: scriptedProvider() }).chat.service.screenshot({
        ...input,
        organizationId: other.organizationId,
        handle: other.id,
      }),
    ).rejects.toMatchObject({ code: 'not_found' });
  });

  it('is done without a picture when the browser fails', async () => {
    const fixture = chats.start({
      provider: scriptedProvider(calls(write('a.js', '1'), finish('Added a page'))),
      lookAt: () => Promise.reject(new Error('The browser has ended')),
    });

    await fixture.send('a page');
    const [answer] = await fixture.settled(1);

    expect(answer).toMatchObject({ state: 'done' });
    expect(answer?.proof).toBeUndefined();
    expect(answer?.content).toContain('Done:');
  });
});
