import { flushPromises } from '@vue/test-utils';
import type { Usage, UsageSample } from '@spt-flow/shared/api/usage';
import { describe, expect, it } from 'vitest';
import UsagePanel from '../src/features/usage/UsagePanel.vue';
import { idOf } from './fixtures.ts';
import { createWorld } from './mount.ts';

const GIB = 1024 ** 3;
const NOW = Date.now();
const ID = idOf(20);

function sample(secondsAgo: number, change: Partial<UsageSample> = {}): UsageSample {
  return {
    at: new Date(NOW - secondsAgo * 1000).toISOString(),
    ...{ cpus: 0.25, memoryBytes: GIB, diskBytes: 2 * GIB },
    ...{ receivedBytesPerSecond: null, sentBytesPerSecond: null },
    ...change,
  };
}

async function open(samples: UsageSample[], { sharesNetwork = false } = {}) {
  const spans: (string | null)[] = [];
  const world = await createWorld({
    [`GET /workspaces/${ID}/usage`]: ({ query }): Usage => {
      spans.push(query.get('span'));
      const limits = { cpus: 1, memoryBytes: 2 * GIB, diskBytes: 5 * GIB };
      return {
        span: query.get('span') === 'day' ? 'day' : 'hour',
        stepSeconds: 10,
        limits,
        samples,
      };
    },
  });
  const wrapper = world.mount(UsagePanel, { props: { workspaceId: ID, sharesNetwork } });
  await flushPromises();
  return { world, wrapper, spans };
}

describe('the use of a machine', () => {
  it('is drawn with its limits, and said to those who do not see it', async () => {
    const { wrapper } = await open([sample(20), sample(10, { cpus: 0.75 }), sample(0)]);

    const [processor, memory] = wrapper.findAll('svg[role="img"]');
    expect(processor?.attributes('aria-label')).toMatch(
      /^Processor: 0\.25 CPU now, at most 0\.75 CPU at .*; limit 1\.00 CPU$/,
    );
    expect(processor?.find('[data-testid="limit"]').exists()).toBe(true);
    expect(memory?.find('path').attributes('d')).toMatch(/^M.*L.*L/);
    expect(wrapper.text()).not.toContain('Network');
  });

  it('says why nothing is known of the network that a local workspace shares', async () => {
    const { wrapper } = await open([sample(0)], { sharesNetwork: true });

    expect(wrapper.text()).toContain('Network: it shares that of the machine it runs on');
  });

  it('goes on by live events, each sample once', async () => {
    const { world, wrapper } = await open([sample(10)]);
    const follower = world.followers.get(`usage:${ID}`)?.follower;
    const next = sample(0, { cpus: 0.5, receivedBytesPerSecond: 1024, sentBytesPerSecond: 0 });

    follower?.onEvent({ type: 'usage.sampled', sample: next });
    follower?.onEvent({ type: 'usage.sampled', sample: next });
    await flushPromises();

    const [processor] = wrapper.findAll('svg[role="img"]');
    expect(processor?.find('path').attributes('d')?.match(/[ML]/g)).toHaveLength(2);
    expect(wrapper.text()).toContain('0.50 CPU');
    expect(wrapper.text()).toContain('in 1.0 KiB/s');
  });

  it('shows a day when asked, and says so when nothing was measured', async () => {
    const { wrapper, spans } = await open([]);
    expect(wrapper.text()).toContain('Nothing was measured in this time');

    const day = wrapper.findAll('button').find((one) => one.text() === 'Day');
    await day?.trigger('click');
    await flushPromises();

    expect(spans.at(-1)).toBe('day');
    expect(day?.attributes('aria-pressed')).toBe('true');
  });
});
