import type { Secret } from '@spt-flow/shared/api/secrets';
import { flushPromises } from '@vue/test-utils';
import { expect, it } from 'vitest';
import { createWorld } from '../../../test/mount.ts';
import SecretSettings from './SecretSettings.vue';

const SECRET: Secret = {
  ...{ name: 'API_KEY', version: 3, changedBy: 'Ada', isDeleted: false },
  changedAt: '2026-01-02T03:04:05.000Z',
};
const STORE = { kind: 'embedded', problem: null, answeredAt: null };
const TEXTS = { title: 'Secrets', text: 'Keys and passwords.' };

it('secrets are set and replaced, never shown, and said to be old when their store is gone', async () => {
  const bodies: unknown[] = [];
  let store: object = STORE;
  const world = await createWorld({
    'GET /secrets': () => ({
      items: [SECRET, { ...SECRET, name: 'GONE', isDeleted: true }],
      store,
    }),
    'PUT /secrets/API_KEY': ({ body }) => {
      bodies.push(body);
      store = { ...STORE, kind: 'vault', problem: 'Vault is sealed' };
      return SECRET;
    },
  });
  const wrapper = world.mount(SecretSettings, {
    props: { ...TEXTS, scope: { scope: 'project', of: 'p' }, canWrite: true, offersRestart: true },
  });
  await flushPromises();
  expect(wrapper.text()).toContain('version 3');

  await wrapper.get('input').setValue('LD_PRELOAD');
  await wrapper.get('textarea').setValue('/tmp/evil.so');
  await wrapper.get('form').trigger('submit');
  expect(wrapper.text()).toContain('load other code');
  expect(bodies).toEqual([]);

  await wrapper.get('[aria-label="Replace API_KEY"]').trigger('click');
  await wrapper.get('textarea').setValue('sk-very-secret');
  await wrapper.get('form').trigger('submit');
  await flushPromises();

  expect(bodies).toEqual([{ value: 'sk-very-secret', restartApps: true, ifVersion: 3 }]);
  expect(wrapper.get('textarea').element.value).toBe('');
  expect(wrapper.html()).not.toContain('sk-very-secret');
  expect(wrapper.text()).toContain('Vault is sealed');
  expect(wrapper.find('[aria-label="Bring back GONE"]').exists()).toBe(true);
});

it('readers see names alone', async () => {
  const world = await createWorld({ 'GET /secrets': () => ({ items: [SECRET], store: STORE }) });
  const wrapper = world.mount(SecretSettings, {
    props: { ...TEXTS, scope: { scope: 'project', of: 'p' }, canWrite: false },
  });
  await flushPromises();

  expect(wrapper.text()).toContain('API_KEY');
  expect(wrapper.findAll('button')).toEqual([]);
});
