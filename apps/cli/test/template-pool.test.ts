import { beforeEach, describe, expect, it } from 'vitest';
import { poolRoutes } from '@spt-flow/shared/api/pools';
import { useCliStage } from './support/cli-stage.ts';

const cli = useCliStage();
let bodies: unknown[];

beforeEach(() => {
  bodies = [];
});

describe('template pool', () => {
  const params = { size: 2, maxAgeHours: 24 };
  const costPerHour = { amount: 0.1, currency: 'USD' };

  it('shows what is kept ready and what it costs, and sets it', async () => {
    const pool = {
      ...{ ...params, ready: 1, starting: 1, failed: 0, costPerHour },
      ...{ schedule: null, isOpen: true },
    };
    cli.server.on(poolRoutes.get, () => pool);
    cli.server.on(poolRoutes.set, ({ body }) => {
      bodies.push(body);
      return { ...pool, ready: 0, starting: 0, size: 0 };
    });

    expect((await cli.run(['template', 'pool', 'show', 'node'])).stdout).toBe(
      "2 of 'node' kept ready: 1 ready, 1 starting\nReplaced after 24 hours\nCost: 0.1 USD an hour, all together\n",
    );
    const set = ['template', 'pool', 'set', 'node'];
    expect((await cli.run([...set, '--size', '0'])).stdout).toBe(
      "No workspaces of 'node' are kept ready\n",
    );
    await cli.run([...set, '--size', '3', '--max-age', '8']);
    expect(bodies).toEqual([{ size: 0 }, { size: 3, maxAgeHours: 8 }]);
    expect((await cli.run([...set, '--size', 'many'])).exitCode).toBe(2);
    expect((await cli.run(set)).stderr).toContain('--size');
  });

  it('takes hours like a schedule, and says that it is not open', async () => {
    const schedule = {
      ...{ timeZone: 'UTC', weekdays: [1, 2, 3, 4, 5], holidays: [] },
      ...{ start: '06:45', stop: '18:15' },
    };
    const pool = {
      ...{ ...params, ready: 0, starting: 0, failed: 0, costPerHour: null },
      ...{ schedule, isOpen: false },
    };
    cli.server.on(poolRoutes.get, () => ({ ...pool, schedule: null, isOpen: true }));
    cli.server.on(poolRoutes.set, ({ body }) => {
      bodies.push(body);
      return pool;
    });
    const set = ['template', 'pool', 'set', 'node', '--size', '2'];
    const hours = ['--start', '06:45', '--stop', '18:15', '--time-zone', 'UTC'];

    expect((await cli.run([...set, ...hours])).stdout).toContain(
      'Kept ready mon tue wed thu fri: start 06:45, stop 18:15 (UTC); not now\n',
    );
    await cli.run([...set, '--always']);
    expect(bodies).toEqual([
      { size: 2, schedule },
      { size: 2, schedule: null },
    ]);
    expect((await cli.run([...set, '--start', '06:45'])).exitCode).toBe(2);
    expect((await cli.run([...set, ...hours, '--always'])).exitCode).toBe(2);
  });
});
