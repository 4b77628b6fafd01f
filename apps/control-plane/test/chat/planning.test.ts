import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  calls,
  finish,
  scriptedProvider,
  write,
  type ScriptedReply,
} from '../../src/features/chat/testing/scripted-provider.ts';
import { useChats } from './chat-fixture.ts';

const QUESTIONS = [
  { question: 'Who books?', choices: ['Guests', 'Staff'] },
  { question: 'How many tables?', choices: [] },
];

function plans(title: string): ScriptedReply {
  return calls({ name: 'propose_plan', input: { title, pages: ['One page'] } });
}

describe('planning a large request', () => {
  const chats = useChats();

  /** Also what a restart of the control plane is: nothing but the database is left. */
  function start(...replies: ScriptedReply[]) {
    const provider = scriptedProvider(...replies);
    const fixture = chats.start({ provider });
    return { ...fixture, asked: () => JSON.stringify(provider.requests.at(-1)?.messages) };
  }

  it('asks, plans, changes the plan and builds it, over restarts, and writes nothing before', async () => {
    const first = start(calls({ name: 'ask_user', input: { questions: QUESTIONS } }));
    await first.send('a booking page', randomUUID(), { planFirst: true });
    expect((await first.settled(1))[0]).toMatchObject({ state: 'done', questions: QUESTIONS });

    const second = start(plans('Bookings'), plans('Bookings, in blue'));
    await second.send('Who books?\nGuests');
    expect((await second.settled(2))[1]).toMatchObject({ plan: { title: 'Bookings' } });
    expect(second.asked()).toContain('1. Who books? (Guests / Staff)');
    await second.send('in blue, please');
    const planned = (await second.settled(3))[2];
    expect(planned).toMatchObject({ plan: { title: 'Bookings, in blue' } });
    expect(second.asked()).toContain('Plan: Bookings');
    expect([...first.changes, ...second.changes]).toEqual([]);

    const third = start(calls(write('index.html', 'blue'), finish('Built it')));
    const planId = planned?.id ?? '';
    await third.send('Build it', randomUUID(), { verdict: { planId, decision: 'approve' } });
    await third.settled(4);

    expect(third.changes).toHaveLength(1);
    expect(third.asked()).toContain('Plan: Bookings, in blue');
    const { items } = await third.messages();
    expect(items.at(-1)).not.toHaveProperty('plan');
    const events = await third.events();
    expect(events).toContainEqual(
      expect.objectContaining({
        type: 'message.done',
        message: expect.objectContaining({ id: planId, plan: expect.anything() }),
      }),
    );
  });

  it('begins by itself for a long request, and is over when the plan is declined', async () => {
    const fixture = start(plans('Everything'), calls(write('a.html', 'a'), finish('Built it')));
    await fixture.send('I need a lot. '.repeat(80));
    const planId = (await fixture.settled(1))[0]?.id ?? '';

    await fixture.send('No', randomUUID(), { verdict: { planId, decision: 'decline' } });
    const declined = (await fixture.settled(2))[1];
    await fixture.send('just a page');
    await fixture.settled(3);

    expect(declined).toMatchObject({ state: 'done', tokensUsed: 0 });
    expect(declined?.content).toContain('The plan is put aside');
    expect(fixture.changes).toHaveLength(1);
  });

  it('takes a verdict about the last plan alone, and one that is repeated once', async () => {
    const fixture = start(plans('One'), plans('Two'), calls(write('a', 'a'), finish('Built it')));
    await fixture.send('plan it', randomUUID(), { planFirst: true });
    const old = (await fixture.settled(1))[0]?.id ?? '';
    await fixture.send('another one');
    const planId = (await fixture.settled(2))[1]?.id ?? '';

    for (const stale of [old, randomUUID()])
      await expect(
        fixture.send('Go', randomUUID(), { verdict: { planId: stale, decision: 'approve' } }),
      ).rejects.toMatchObject({ code: 'conflict' });
    const id = randomUUID();
    const verdict = { planId, decision: 'approve' as const };
    const sent = await fixture.send('Go', id, { verdict });
    await fixture.settled(3);

    expect(await fixture.send('Go', id, { verdict })).toEqual(sent);
    expect(fixture.changes).toHaveLength(1);
    expect((await fixture.messages()).items).toHaveLength(6);
  });
});
