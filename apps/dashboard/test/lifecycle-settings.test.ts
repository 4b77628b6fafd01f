import { flushPromises } from '@vue/test-utils';
import { expect, it } from 'vitest';
import LifecycleSettings from '../src/features/workspaces/LifecycleSettings.vue';
import { createWorld } from './mount.ts';

const effective = { idleMinutes: 30, dormantDays: 30, deleteDays: 0 };

it('how long workspaces live is shown, set, and given back to the configuration', async () => {
  const world = await createWorld({
    'GET /lifecycle-policy': () => ({ own: { dormantDays: 30 }, effective }),
    'PATCH /lifecycle-policy': () => ({
      own: { idleMinutes: 60 },
      effective: { ...effective, idleMinutes: 60, dormantDays: 90 },
    }),
  });
  const wrapper = world.mount(LifecycleSettings);
  await flushPromises();
  const inputs = () => wrapper.findAll('input');
  const values = () => inputs().map(({ element }) => element.value);
  expect(values()).toEqual(['', '30', '']);
  expect(wrapper.text()).toContain('Empty: as configured. Now: never');

  await inputs()[0]?.setValue('60');
  await inputs()[1]?.setValue('');
  await wrapper.get('form').trigger('submit');
  await flushPromises();

  expect(world.requests.at(-1)?.body).toEqual({
    ...{ idleMinutes: 60, dormantDays: null, deleteDays: null },
  });
  expect(values()).toEqual(['60', '', '']);
  expect(wrapper.text()).toContain('Now: 90');
});
