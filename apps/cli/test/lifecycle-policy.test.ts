import { expect, it } from 'vitest';
import {
  lifecyclePolicyRoutes,
  type OrganizationLifecycle,
} from '@spt-flow/shared/api/lifecycle-policy';
import { useCliStage } from './support/cli-stage.ts';

const cli = useCliStage();
const POLICY: OrganizationLifecycle = {
  own: { dormantDays: 30 },
  effective: { idleMinutes: 60, dormantDays: 30, deleteDays: 0 },
};

function lifecycle(...args: string[]) {
  return cli.run(['lifecycle', ...args]);
}

it('says how long workspaces live without use, and what is only configured', async () => {
  cli.server.on(lifecyclePolicyRoutes.get, () => POLICY);

  expect((await lifecycle('show')).stdout).toBe(
    [
      'Stopped  after 60 minutes without use (as configured)',
      'Dormant  after 30 days without use',
      'Deleted  never (as configured)\n',
    ].join('\n'),
  );
});

it('sets what is given, and takes it back', async () => {
  const sent: unknown[] = [];
  cli.server.on(lifecyclePolicyRoutes.set, ({ body }) => {
    sent.push(body);
    return POLICY;
  });

  expect((await lifecycle('set', '--dormant', '30', '--delete', 'never')).stdout).toContain(
    'Dormant  after 30 days',
  );
  await lifecycle('set', '--idle', 'default');
  expect(sent).toEqual([{ dormantDays: 30, deleteDays: 0 }, { idleMinutes: null }]);
  expect((await lifecycle('set')).stderr).toContain('spt-flow lifecycle set --idle 60');
  expect((await lifecycle('set', '--dormant', 'soon')).exitCode).toBe(2);
});
