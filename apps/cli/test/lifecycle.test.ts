import { beforeEach, describe, expect, it } from 'vitest';
import { lifecycleRoutes, type Lifecycle } from '@spt-flow/shared/api/lifecycle';
import { workspaceRoutes } from '@spt-flow/shared/api/workspaces';
import { useCliStage } from './support/cli-stage.ts';
import { workspace } from './support/fixtures.ts';
import { Failure } from './support/test-server.ts';

const cli = useCliStage();
let sent: unknown[];
let known: Lifecycle;

const AT = '2026-01-02T03:04:05.000Z';

function aLifecycle(change: Partial<Lifecycle> = {}): Lifecycle {
  return {
    idleMinutes: 30,
    isDefaultIdle: true,
    schedule: null,
    keepUntil: null,
    runningSince: AT,
    activity: [
      { source: 'terminal', lastAt: AT },
      { source: 'command', lastAt: null },
    ],
    verdict: {
      action: 'keep',
      rule: 'idle',
      reason: 'Last used by terminal 3 minutes ago; it stops after 30 minutes without use',
      stopsAt: '2026-01-02T03:34:05.000Z',
      startsAt: null,
    },
    lastStop: null,
    ...change,
  };
}

beforeEach(() => {
  [sent, known] = [[], aLifecycle()];
  cli.server.on(workspaceRoutes.get, () => workspace());
  cli.server.on(lifecycleRoutes.get, () => known);
  cli.server.on(lifecycleRoutes.update, ({ body }) => {
    sent.push(body);
    return known;
  });
});

const OFFICE = {
  timeZone: 'America/New_York',
  weekdays: [1, 2, 3, 4, 5],
  start: '06:45',
  stop: '18:15',
  holidays: ['2026-12-25'],
};

describe('schedule', () => {
  it('shows why the workspace runs and what was used last', async () => {
    const { exitCode, stdout } = await cli.run(['schedule', 'demo']);

    expect(exitCode).toBe(0);
    expect(stdout).toBe(
      [
        'Now                        Last used by terminal 3 minutes ago; it stops after 30 minutes without use',
        'Stops                      2026-01-02 03:34 UTC',
        'Idle time                  30 minutes (default)',
        'Schedule                   none',
        'Last terminal              2026-01-02 03:04 UTC',
        'Last commands and changes  never\n',
      ].join('\n'),
    );
    expect(sent).toEqual([]);
  });

  it('shows one that is stopped, with its schedule and why', async () => {
    known = aLifecycle({
      schedule: OFFICE,
      activity: [],
      verdict: {
        ...{ action: 'off', rule: 'schedule', reason: 'It does not run', stopsAt: null },
        startsAt: '2026-01-05T11:45:00.000Z',
      },
      lastStop: { at: AT, reason: 'Nobody used it for 30 minutes' },
    });

    expect((await cli.run(['schedule', 'demo'])).stdout).toBe(
      [
        'Now        It does not run',
        'Stops      not by itself',
        'Starts     2026-01-05 11:45 UTC',
        'Idle time  30 minutes (default)',
        'Schedule   mon tue wed thu fri: start 06:45, stop 18:15 (America/New_York), not on 2026-12-25',
        'Last stop  2026-01-02 03:04 UTC: Nobody used it for 30 minutes\n',
      ].join('\n'),
    );
  });

  it('sends what was said, and keeps the rest', async () => {
    await cli.run([
      ...['schedule', 'demo', '--start', '06:45', '--stop', '18:15', '--days', 'fri-mon'],
      ...['--time-zone', 'Europe/Berlin', '--holidays', '2026-12-25', '--idle', 'never'],
    ]);
    known = aLifecycle({ schedule: OFFICE });
    await cli.run(['schedule', 'demo', '--stop', 'none', '--days', 'mon,wed']);
    await cli.run(['schedule', 'demo', '--idle', 'default']);
    await cli.run(['schedule', 'demo', '--clear']);

    expect(sent).toEqual([
      {
        idleMinutes: 0,
        schedule: { ...OFFICE, timeZone: 'Europe/Berlin', weekdays: [1, 5, 6, 7] },
      },
      { schedule: { ...OFFICE, stop: null, weekdays: [1, 3] } },
      { idleMinutes: null },
      { schedule: null },
    ]);
  });

  it.each([
    [['--start', '25:00'], 'a time like 06:45'],
    [['--days', 'mon-funday'], 'Days are mon to sun'],
    [['--holidays', 'christmas'], 'dates like'],
    [['--idle', '-5'], 'minutes up to 10080'],
    [['--clear', '--stop', '18:15'], '--clear takes no other times'],
    [['--days', 'mon'], 'Say when it starts or stops'],
  ])('refuses %j', async (args, message) => {
    const { exitCode, stderr } = await cli.run(['schedule', 'demo', ...args]);

    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
    expect(sent).toEqual([]);
  });
});

describe('keep-alive', () => {
  it('says until when, and ends', async () => {
    const keepUntil = '2026-01-02T11:04:05.000Z';
    cli.server.on(lifecycleRoutes.keepAlive, ({ body }) => {
      sent.push(body);
      return aLifecycle({ keepUntil });
    });
    cli.server.on(lifecycleRoutes.endKeepAlive, () => aLifecycle());

    const kept = await cli.run(['keep-alive', 'demo', '--for', '8h']);
    expect(kept.stdout).toBe("Workspace 'demo' is kept running until 2026-01-02 11:04 UTC\n");
    expect(sent).toEqual([{ minutes: 480 }]);

    const ended = await cli.run(['keep-alive', 'demo', '--end']);
    expect(ended.stdout).toContain('it stops after 30 minutes without use');
  });

  it('of a stopped workspace says how to start it, and takes no odd times', async () => {
    cli.server.on(lifecycleRoutes.keepAlive, () => {
      throw new Failure('workspace_stopped');
    });

    expect((await cli.run(['keep-alive', 'demo'])).stderr).toContain('Try: spt-flow start demo');
    expect((await cli.run(['keep-alive', 'demo', '--for', '2 weeks'])).exitCode).toBe(2);
  });
});

describe('list', () => {
  const GIB = 1024 ** 3;

  it('shows what running ones cost where they have a price, which stop soon, and whose disk is too full', async () => {
    const costPerHour = { amount: 0.05, currency: 'EUR' };
    const stopWarning = { at: '2026-01-02T03:34:00.000Z', reason: 'Nobody used it' };
    cli.server.on(workspaceRoutes.list, () => ({
      items: [
        workspace({ costPerHour, stopWarning }),
        workspace({ name: 'off', actualState: 'stopped', costPerHour }),
        workspace({ name: 'full', disk: { usedBytes: 5.5 * GIB, limitBytes: 5 * GIB } }),
      ],
      nextCursor: null,
    }));

    expect((await cli.run(['list'])).stdout).toBe(
      [
        'NAME  STATE                     SINCE (UTC)       PROVIDER  OWNER  TEMPLATE  COST/H',
        'demo  running, stops at 03:34   2026-01-02 03:04  local     Ada    -         0.05 EUR',
        'off   stopped                   2026-01-02 03:04  local     Ada    -         -',
        'full  running, 5.5 GiB of disk  2026-01-02 03:04  local     Ada    -         -\n',
      ].join('\n'),
    );
  });
});

describe('cancel', () => {
  it('says what the workspace goes back to', async () => {
    cli.server.on(workspaceRoutes.cancel, () => workspace({ desiredState: 'stopped' }));

    expect((await cli.run(['cancel', 'demo'])).stdout).toBe(
      "Cancelled: workspace 'demo' is to be stopped again\n",
    );
  });

  it('ends with the next command when nothing is being done', async () => {
    cli.server.on(workspaceRoutes.cancel, () => {
      throw new Failure('nothing_to_cancel');
    });

    expect(await cli.run(['cancel', 'demo'])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('Try: spt-flow list'),
    });
  });
});

describe('delete by force', () => {
  it('shows what is left', async () => {
    cli.server.on(workspaceRoutes.forceDelete, () => ({
      workspace: workspace({ actualState: 'deleted' }),
      leftovers: ['Container "demo"', 'Volume "demo-home"'],
    }));

    const { stdout } = await cli.run(['delete', 'demo', '--force', '--yes']);

    expect(stdout).toBe(
      'Workspace \'demo\' is deleted. What is left is removed once its machine answers:\n  Container "demo"\n  Volume "demo-home"\n',
    );
  });

  it('asks for the name too', async () => {
    const { exitCode } = await cli.run(['delete', 'demo', '--force']);

    expect(exitCode).toBe(2);
    expect(cli.server.requests.filter((request) => request.includes('force'))).toEqual([]);
  });
});
