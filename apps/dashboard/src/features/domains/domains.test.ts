import type { CustomDomain } from '@spt-flow/shared/api/domains';
import { flushPromises } from '@vue/test-utils';
import { expect, it } from 'vitest';
import { createWorld } from '../../../test/mount.ts';
import ProjectDomains from './ProjectDomains.vue';

const NAME = 'xn--bcher-kva.example';
const DOMAIN: CustomDomain = {
  ...{ name: NAME, state: 'pending', url: `https://${NAME}`, isAppPublic: true },
  ...{ found: 'The DNS does not have it yet', next: 'Enter the TXT record' },
  proof: { type: 'TXT', name: `_spt-flow.${NAME}`, value: 'spt-flow-verification=0123' },
  targets: [{ type: 'CNAME', name: NAME, value: 'flow.example.net' }],
  ...{ checkedAt: '2026-01-02T03:04:05.000Z', expiresAt: '2026-01-09T03:04:05.000Z' },
};

it('a domain is added as the DNS has it, checked and removed, with the records to copy', async () => {
  const done: unknown[] = [];
  let items: CustomDomain[] = [];
  const world = await createWorld({
    'GET /projects/p/domains': () => ({ items }),
    'POST /projects/p/domains': ({ body }) => {
      done.push(body);
      [items] = [[DOMAIN]];
      return DOMAIN;
    },
    [`POST /projects/p/domains/${NAME}/check`]: () => {
      items = [{ ...DOMAIN, state: 'active', found: 'It leads here', next: null }];
      return items[0];
    },
    [`DELETE /projects/p/domains/${NAME}`]: () => {
      items = [];
      return {};
    },
  });
  const wrapper = world.mount(ProjectDomains, { props: { projectId: 'p', canDecide: true } });
  await flushPromises();

  await wrapper.get('input').setValue('*.example.org');
  await wrapper.get('form').trigger('submit');
  expect(wrapper.text()).toContain('many names');
  expect(done).toEqual([]);

  await wrapper.get('input').setValue('bücher.example');
  await wrapper.get('form').trigger('submit');
  await flushPromises();
  expect(done).toEqual([{ name: NAME }]);
  expect(wrapper.text()).toContain('spt-flow-verification=0123');
  expect(wrapper.text()).toContain('Enter the TXT record.');
  expect(wrapper.find(`a[href="https://${NAME}"]`).exists()).toBe(false);

  await wrapper.get(`[aria-label="Check now: ${NAME}"]`).trigger('click');
  await flushPromises();
  expect(wrapper.find(`a[href="https://${NAME}"]`).exists()).toBe(true);

  await wrapper.get(`[aria-label="Remove ${NAME}"]`).trigger('click');
  await wrapper
    .findAll('button')
    .find((button) => button.text() === 'Remove')
    ?.trigger('click');
  await flushPromises();
  expect(wrapper.text()).toContain('No domains yet');
});

it('readers see domains alone', async () => {
  const world = await createWorld({ 'GET /projects/p/domains': () => ({ items: [DOMAIN] }) });
  const wrapper = world.mount(ProjectDomains, { props: { projectId: 'p', canDecide: false } });
  await flushPromises();

  expect(wrapper.text()).toContain(NAME);
  expect(wrapper.find('form').exists()).toBe(false);
  expect(wrapper.find(`[aria-label="Remove ${NAME}"]`).exists()).toBe(false);
});
