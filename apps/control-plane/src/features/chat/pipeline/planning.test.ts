import { describe, expect, it } from 'vitest';
import {
  calls,
  finish,
  says,
  scriptedProvider,
  write,
  type ScriptedReply,
} from '../testing/scripted-provider.ts';
import { turnHarness, type Harness } from '../testing/turn-harness.ts';
import { isLarge, type Planning } from './planning.ts';

const PLAN = {
  title: 'A booking page',
  pages: ['One page to book a table'],
  data: ['Bookings'],
  behaviour: ['A table is booked once'],
  left_out: ['Payment'],
};
const PLANNED = {
  ...{ title: PLAN.title, pages: PLAN.pages, data: PLAN.data, behaviour: PLAN.behaviour },
  leftOut: PLAN.left_out,
};
const QUESTIONS = [
  { question: 'Who books?', choices: ['Guests', 'Staff'] },
  { question: 'How many tables?', choices: [] },
];
const BEGUN: Planning = { asked: false, plan: null };

function turn(planning: Planning, ...replies: ScriptedReply[]): Harness & { asked(): string } {
  const provider = scriptedProvider(...replies);
  const harness = turnHarness(provider, { planning });
  return { ...harness, asked: () => JSON.stringify(provider.requests.at(-1)?.messages) };
}

describe('a turn that plans', () => {
  it('asks several questions in one card, and remembers that it has asked', async () => {
    const harness = turn(BEGUN, calls({ name: 'ask_user', input: { questions: QUESTIONS } }));

    expect(await harness.run('a booking page')).toMatchObject({
      state: 'done',
      questions: QUESTIONS,
      choices: [],
      planning: { asked: true, plan: null },
    });
    expect(harness.asked()).toContain('Plan first');
  });

  it('ends with the plan and changes nothing', async () => {
    const harness = turn(BEGUN, calls({ name: 'propose_plan', input: PLAN }));

    expect(await harness.run()).toMatchObject({
      state: 'done',
      changeSetId: null,
      planning: { asked: false, plan: PLANNED },
    });
    expect(harness.changes).toEqual([]);
  });

  it('refuses edits until the plan is approved, and asking twice', async () => {
    const harness = turn(
      { asked: true, plan: null },
      calls(write('a.html', 'a'), { name: 'ask_user', input: { questions: QUESTIONS } }),
      calls({ name: 'propose_plan', input: PLAN }),
    );

    expect(await harness.run()).toMatchObject({ planning: { asked: true, plan: PLANNED } });
    expect(harness.asked()).toContain('Nothing is written before the person has approved a plan');
    expect(harness.asked()).toContain('You have asked already');
    expect(harness.changes).toEqual([]);
  });

  it('shows what a model that does not plan wanted to write, and lets the person decide', async () => {
    const harness = turn(
      BEGUN,
      calls(write('server.mjs', 'a'), finish('Built it')),
      calls(write('server.mjs', 'a'), write('page.html', 'b'), finish('Built it')),
    );

    expect(await harness.run('a booking page')).toMatchObject({
      state: 'done',
      planning: {
        plan: { title: 'a booking page', behaviour: ['Write server.mjs', 'Write page.html'] },
      },
    });
    expect(harness.changes).toEqual([]);
  });

  it('takes words for a plan, and keeps the one that was there when a question is answered', async () => {
    const first = turn(BEGUN, says('I would make one page with a form.'));
    expect(await first.run('a booking page')).toMatchObject({
      text: 'I would make one page with a form.',
      planning: { plan: { title: 'a booking page', pages: [] } },
    });

    const later = turn({ asked: true, plan: PLANNED }, says('In a file on the machine.'));
    expect(await later.run('Where is it kept?')).toMatchObject({
      planning: { asked: true, plan: PLANNED },
    });
  });

  it('keeps the plan when the model fails', async () => {
    const harness = turn({ asked: true, plan: PLANNED });

    expect(await harness.run()).toMatchObject({
      state: 'failed',
      planning: { asked: true, plan: PLANNED },
    });
  });

  it('builds once the plan is approved, and plans no more', async () => {
    const harness = turn(
      'approved',
      calls({ name: 'propose_plan', input: PLAN }),
      calls(write('a.html', 'a'), finish('Built it')),
    );

    expect(await harness.run()).toMatchObject({ summary: 'Built it', planning: null });
    expect(harness.changes).toHaveLength(1);
  });

  it('may be begun by the model itself, but not after it has edited', async () => {
    const own = turn(null, calls({ name: 'propose_plan', input: PLAN }));
    expect(await own.run()).toMatchObject({ planning: { asked: false, plan: PLANNED } });

    const late = turn(
      null,
      calls(write('a.html', 'a'), { name: 'propose_plan', input: PLAN }),
      calls(finish('Built it')),
    );
    expect(await late.run()).toMatchObject({ summary: 'Built it', planning: null });
  });

  it('begins by itself for what is long or has many points', () => {
    expect(isLarge('a guestbook for my café')).toBe(false);
    expect(isLarge('x'.repeat(800))).toBe(true);
    expect(isLarge('I need\n- a\n- b\n- c\n- d\n- e\n- f')).toBe(true);
    expect(isLarge('I need\n1. a\n2. b')).toBe(false);
  });
});
