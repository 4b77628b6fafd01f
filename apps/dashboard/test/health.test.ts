import { flushPromises } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';
import HealthView from '../src/views/HealthView.vue';
import { createWorld } from './mount.ts';

describe('health page', () => {
  it('names the part that needs attention and what to do', async () => {
    const since = '2026-01-02T03:04:05.000Z';
    const world = await createWorld({
      'GET /health': () => ({
        version: '0.1.0',
        startedAt: since,
        dashboards: [{ title: 'Control plane', url: 'https://watch.example/d/spt-flow' }],
        parts: [
          { name: 'database', state: 'ok', since: null, detail: '3 connections', next: null },
          {
            name: 'isolation',
            state: 'degraded',
            since,
            detail: 'bubblewrap is missing',
            next: 'Install bubblewrap',
          },
        ],
      }),
    });
    const wrapper = world.mount(HealthView);
    await flushPromises();

    expect(wrapper.text()).toContain('Needs attention: isolation.');
    expect(wrapper.text()).toContain('Install bubblewrap');
    // What was so at the first look has no beginning.
    expect(wrapper.text().match(/since/g)).toHaveLength(1);
    expect(wrapper.get('a[target=_blank]').attributes('href')).toBe(
      'https://watch.example/d/spt-flow',
    );
  });
});
