import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  lifecyclePolicyRoutes,
  type OrganizationLifecycle,
} from '@spt-flow/shared/api/lifecycle-policy';
import { makeHome, run } from './support/run.ts';
import { startTestServer, TOKEN, type TestServer } from './support/test-server.ts';

const POLICY: OrganizationLifecycle = {
  own: { dormantDays: 30 },
  effective: { idleMinutes: 60, dormantDays: 30, deleteDays: 0 },
};

let server: TestServer;
let home: string;
let remove: () => Promise<void>;

beforeEach(async () => {
  server = await startTestServer();
  ({ home, remove } = await makeHome());
});
afterEach(async () => {
  await server.close();
  await remove();
});

function lifecycle(...args: string[]) {
  const env = { SPT_FLOW_SERVER: server.url, SPT_FLOW_TOKEN: TOKEN };
  return run(['lifecycle', ...args], { home, env });
}

it('says how long workspaces live without use, and what is only configured', async () => {
  server.on(lifecyclePolicyRoutes.get, () => POLICY);

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
  server.on(lifecyclePolicyRoutes.set, ({ body }) => {
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
