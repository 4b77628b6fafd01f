import { flushPromises } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ApiFailure, createWorld } from '../../../test/mount.ts';
import ChatBudget from './spending/ChatBudget.vue';
import ChatUsage from './spending/ChatUsage.vue';
import PageProof from './messages/PageProof.vue';

const SHOT = '00000000-0000-4000-8000-000000000001';
const DATA_URL = 'data:image/jpeg;base64,AAAA';
const SHOTS = {
  [`GET /projects/cafe/screenshots/${SHOT}`]: () => ({ dataUrl: DATA_URL }),
};

async function proof(problems: string[], isPartial = false) {
  const world = await createWorld(SHOTS);
  const given = { screenshotId: SHOT, title: 'Café', problems, isPartial };
  const wrapper = world.mount(PageProof, { props: { slug: 'cafe', proof: given } });
  await flushPromises();
  return wrapper;
}

describe('PageProof', () => {
  it('shows what the browser saw, with words for those who do not see it', async () => {
    const wrapper = await proof([]);

    expect(wrapper.get('img').attributes()).toMatchObject({
      src: DATA_URL,
      alt: 'The page “Café” as a browser showed it after the change',
    });
    expect(wrapper.text()).toBe('Opened in a browser, without errors');
  });

  it('folds the errors of the page, and says what was not loaded', async () => {
    const wrapper = await proof(['TypeError: x'], true);

    expect(wrapper.get('details').text()).toContain('TypeError: x');
    expect(wrapper.text()).toContain('Parts from other sites');
  });

  it('says what was seen when the picture is gone', async () => {
    const world = await createWorld({
      [`GET /projects/cafe/screenshots/${SHOT}`]: () =>
        Promise.reject(new ApiFailure(404, 'not_found')),
    });
    const given = { screenshotId: SHOT, title: 'Café', problems: [], isPartial: false };
    const wrapper = world.mount(PageProof, { props: { slug: 'cafe', proof: given } });
    await flushPromises();

    expect(wrapper.find('img').exists()).toBe(false);
    expect(wrapper.text()).toContain('without errors');
  });
});

async function usage(answer: object, tokens = 1200) {
  const world = await createWorld({
    'GET /projects/p1/chat-usage': () => ({ ownBudgetMicros: null, ...answer }),
  });
  const wrapper = world.mount(ChatUsage, { props: { projectId: 'p1', tokens } });
  await flushPromises();
  return wrapper;
}

describe('ChatUsage', () => {
  it('shows tokens, cost and how much of the budget is used', async () => {
    const wrapper = await usage({ tokens: 45_000, costMicros: 120_000, budgetMicros: 2_000_000 });

    expect(wrapper.text()).toBe('45K tokens so far$0.12 of $2.00');
    expect(wrapper.get('meter').attributes()).toMatchObject({ max: '2000000', value: '120000' });
  });

  it('shows the cost alone without a budget, and small ones too', async () => {
    expect((await usage({ tokens: 10, costMicros: 70, budgetMicros: null })).text()).toBe(
      '1.2K tokens so farunder $0.01',
    );
  });

  it('shows nothing when nothing was used', async () => {
    expect((await usage({ tokens: 0, costMicros: 0, budgetMicros: null }, 0)).text()).toBe('');
  });
});

const BudgetSchema = z.object({ budgetMicros: z.number().nullable() });

describe('ChatBudget', () => {
  async function budget(usage: { budgetMicros: number | null; ownBudgetMicros: number | null }) {
    const spent = { tokens: 10, costMicros: 120_000 };
    const world = await createWorld({
      'GET /projects/p1/chat-usage': () => ({ ...spent, ...usage }),
      'PUT /projects/p1/chat-budget': ({ body }) => ({
        ...{ ...spent, ...usage },
        ownBudgetMicros: BudgetSchema.parse(body).budgetMicros,
      }),
    });
    const wrapper = world.mount(ChatBudget, { props: { projectId: 'p1', canWrite: true } });
    await flushPromises();
    const save = async (dollars: string): Promise<unknown> => {
      await wrapper.get('input').setValue(dollars);
      await wrapper.get('form').trigger('submit');
      await flushPromises();
      return world.requests.at(-1)?.body;
    };
    return { wrapper, save };
  }

  it('is set in dollars and taken away by an empty field', async () => {
    const { wrapper, save } = await budget({ budgetMicros: null, ownBudgetMicros: null });
    expect(wrapper.text()).toContain('$0.12 spent so far');
    expect(wrapper.text()).toContain('Empty: no limit.');

    expect(await save('1.5')).toEqual({ budgetMicros: 1_500_000 });
    expect(wrapper.text()).toContain('Saved');
    expect(await save('')).toEqual({ budgetMicros: null });
  });

  it('says when a lower limit counts', async () => {
    const { wrapper } = await budget({ budgetMicros: 1_000_000, ownBudgetMicros: 2_000_000 });

    expect(wrapper.get('input').element.value).toBe('2');
    expect(wrapper.text()).toContain('An admin limits every project to $1.00.');
  });
});
