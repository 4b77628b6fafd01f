import { flushPromises } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';
import { aMessage, aProject, aReceipt, idOf } from '../../../test/fixtures.ts';
import { createWorld } from '../../../test/mount.ts';
import ChatContainer from './ChatContainer.vue';
import PlanCard from './messages/PlanCard.vue';
import QuestionsCard from './messages/QuestionsCard.vue';

const PLAN = {
  title: 'A booking page',
  pages: ['One page'],
  data: [],
  behaviour: ['A table is booked once'],
  leftOut: ['Payment'],
};
const QUESTIONS = [
  { question: 'Who books?', choices: ['Guests', 'Staff'] },
  { question: 'How many tables?', choices: [] },
];

async function openWith(change: Parameters<typeof aMessage>[1]) {
  const MESSAGES = `/projects/${idOf(10)}/messages`;
  const items = [
    aMessage(1, { turnId: idOf(50) }),
    aMessage(2, { role: 'assistant', state: 'done', turnId: idOf(50), ...change }),
  ];
  const world = await createWorld({
    [`GET ${MESSAGES}`]: () => ({
      ...{ items, nextCursor: null, liveCursor: 1 },
      provider: { name: 'Claude', model: 'm', templatesOnly: false },
    }),
    [`GET /workspaces/${idOf(20)}/change-sets`]: () => ({ items: [aReceipt()], nextCursor: null }),
    [`POST ${MESSAGES}`]: () => aMessage(3, { turnId: idOf(51) }),
  });
  const wrapper = world.mount(ChatContainer, { props: { project: aProject() } });
  await flushPromises();
  const press = async (label: string): Promise<void> => {
    await wrapper
      .findAll('button')
      .find((button) => button.text() === label)
      ?.trigger('click');
    await flushPromises();
  };
  const sent = () => world.requests.filter(({ method }) => method === 'POST').at(-1)?.body;
  return { wrapper, press, sent };
}

describe('a plan in the conversation', () => {
  it.each([
    ['Build it', 'approve'],
    ['Don’t build it', 'decline'],
  ])('is answered with “%s”', async (label, decision) => {
    const { wrapper, press, sent } = await openWith({ plan: PLAN });
    expect(wrapper.text()).toContain('Nothing is written yet');

    await press(label);

    expect(sent()).toMatchObject({ verdict: { planId: idOf(102), decision } });
  });

  it('is changed with words, for which the field gets the focus', async () => {
    const { wrapper, press } = await openWith({ plan: PLAN });

    await press('Change it');

    expect(document.activeElement).toBe(wrapper.get('textarea[aria-label="Message"]').element);
  });

  it('names its parts, and leaves out what is empty', async () => {
    const world = await createWorld({});
    const text = world.mount(PlanCard, { props: { plan: PLAN, isOpen: false } }).text();

    expect(text).toContain('A booking page');
    expect(text).toContain('Not part of it');
    expect(text).not.toContain('What is kept');
    expect(text).not.toContain('Build it');
  });
});

describe('questions in the conversation', () => {
  it('are answered together, by choice or in own words, and the rest is left to the chat', async () => {
    const { wrapper, sent } = await openWith({ questions: QUESTIONS });
    await wrapper.get('input[type="radio"][value="Staff"]').setValue(true);
    await wrapper.get('form[aria-label="Questions before the work begins"]').trigger('submit');
    await flushPromises();

    expect(sent()).toMatchObject({ content: 'Who books?\nStaff\n\nDecide the rest for me.' });
  });

  it('prefer words of one’s own to a choice', async () => {
    const world = await createWorld({});
    const wrapper = world.mount(QuestionsCard, { props: { questions: QUESTIONS, isOpen: true } });
    await wrapper.get('input[type="radio"][value="Guests"]').setValue(true);
    const [first, second] = wrapper.findAll('input:not([type="radio"])');
    await first?.setValue('Members only');
    await second?.setValue('Twelve');

    await wrapper.get('form').trigger('submit');

    expect(wrapper.emitted('answer')).toEqual([
      ['Who books?\nMembers only\n\nHow many tables?\nTwelve'],
    ]);
  });
});

describe('the composer', () => {
  it('asks for a plan first when told, once', async () => {
    const { wrapper, press, sent } = await openWith({});
    await press('Plan first');
    await wrapper.get('textarea').setValue('a shop');
    await wrapper.get('textarea').trigger('keydown', { key: 'Enter' });
    await flushPromises();

    expect(sent()).toMatchObject({ content: 'a shop', planFirst: true });
    expect(
      wrapper
        .findAll('button')
        .find((button) => button.text() === 'Plan first')
        ?.attributes('aria-pressed'),
    ).toBe('false');
  });
});
