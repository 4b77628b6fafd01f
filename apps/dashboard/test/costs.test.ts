import { describe, expect, it } from 'vitest';
import CostsView from '../src/views/CostsView.vue';
import { createWorld } from './mount.ts';

async function open() {
  const world = await createWorld({});
  const wrapper = world.mount(CostsView);
  const row = (name: string) => {
    const found = wrapper.findAll('tr').find((each) => each.get('th').text() === name);
    return found?.findAll('td').map((cell) => cell.text());
  };
  return { world, wrapper, row };
}

describe('cost page', () => {
  it('shows what the command line prints, and asks no server', async () => {
    const { world, row, wrapper } = await open();

    expect(row('Workspace machines')).toEqual(['8 × m5.2xlarge', '2243', '768', '987', '338']);
    expect(row('Total, dollars a month')).toEqual(['3072', '1555', '1816', '1125']);
    expect(row('Saved')).toEqual(['0 %', '49 %', '41 %', '63 %']);
    expect(wrapper.text()).toContain('249.9 of 730 hours');
    expect(world.requests).toEqual([]);
  });

  it('follows what is asked, and takes what is no number for none', async () => {
    const { row, wrapper } = await open();
    const [workspaces] = wrapper.findAll('input[type="number"]');

    await workspaces?.setValue('10');
    expect(row('Workspace machines')?.[0]).toBe('2 × m5.2xlarge');
    expect(wrapper.text()).toContain('--workspaces 10 --spot-discount 70 --days-off 0');

    await workspaces?.setValue('');
    expect(row('Workspace machines')?.slice(0, 2)).toEqual(['0 × m5.2xlarge', '0']);
  });
});
