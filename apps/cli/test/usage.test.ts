import { describe, expect, it } from 'vitest';
import { costRoutes, type Costs } from '@spt-flow/shared/api/costs';
import { usageRoutes, type Usage } from '@spt-flow/shared/api/usage';
import { useCliStage } from './support/cli-stage.ts';

const cli = useCliStage();
const GIB = 1024 ** 3;
function money(amount: number) {
  return { amount, currency: 'EUR' };
}

function signedIn(...args: string[]) {
  return cli.run(args);
}

function aUsage(change: Partial<Usage> = {}): Usage {
  const sample = (second: number, cpus: number | null, memoryBytes: number) => ({
    ...{ at: new Date(second * 1000).toISOString(), cpus, memoryBytes, diskBytes: 3 * GIB },
    ...{ receivedBytesPerSecond: 1536, sentBytesPerSecond: null },
  });
  return {
    ...{ span: 'hour', stepSeconds: 10 },
    limits: { cpus: 2, memoryBytes: 4 * GIB, diskBytes: 12 * GIB },
    samples: [sample(0, null, GIB), sample(10, 1.5, 2 * GIB), sample(20, 0.5, GIB)],
    ...change,
  };
}

describe('workspace stats', () => {
  it('shows what is used now, on average and at most, and the limits', async () => {
    cli.server.on(usageRoutes.get, () => aUsage());

    const { exitCode, stdout } = await signedIn('workspace', 'stats', 'demo');

    expect(exitCode).toBe(0);
    expect(stdout).toBe(
      [
        '            NOW        MEAN       HIGHEST    LIMIT',
        'Processors  0.50       1.00       1.50       2.00',
        'Memory      1.0 GiB    1.3 GiB    2.0 GiB    4.0 GiB',
        'Disk        3.0 GiB    3.0 GiB    3.0 GiB    12.0 GiB',
        'Received    1.5 KiB/s  1.5 KiB/s  1.5 KiB/s  -',
        'Sent        -          -          -          -\n',
      ].join('\n'),
    );
  });

  it('gives programs every sample of a day', async () => {
    const spans: unknown[] = [];
    cli.server.on(usageRoutes.get, ({ query }) => {
      spans.push(query);
      return aUsage({ span: 'day' });
    });

    const args = ['workspace', 'stats', 'demo', '--span', 'day', '--output', 'json'];
    const { stdout } = await signedIn(...args);

    expect(JSON.parse(stdout)).toEqual(aUsage({ span: 'day' }));
    expect(spans).toEqual([{ span: 'day' }]);
  });

  it('says what to do when nothing was measured', async () => {
    cli.server.on(usageRoutes.get, () => aUsage({ samples: [] }));

    const { stdout, stderr } = await signedIn('workspace', 'stats', 'demo');

    expect(stdout).toBe('');
    expect(stderr).toContain('Try: spt-flow start demo');
  });
});

describe('budget', () => {
  const costs: Costs = {
    ...{ month: '2026-01', state: 'near', spent: money(8.5), budget: money(10) },
    owners: [
      { ownerId: '00000000-0000-4000-8000-000000000001', ownerName: 'Ada', spent: money(8.5) },
    ],
  };

  it('shows what was spent, by whom, of which budget', async () => {
    cli.server.on(costRoutes.get, () => ({ costs }));

    const { stdout } = await signedIn('budget', 'show');

    expect(stdout).toBe(
      'Month   2026-01\nSpent   8.50 EUR\nBudget  10.00 EUR, nearly used up\n  Ada   8.50 EUR\n',
    );
  });

  it('says that nothing has a price', async () => {
    cli.server.on(costRoutes.get, () => ({ costs: null }));

    expect((await signedIn('budget', 'show')).stderr).toContain('Nothing has a price here');
    expect((await signedIn('budget', 'show', '--output', 'json')).stdout).toBe('null\n');
  });

  it('is set, and taken back', async () => {
    const sent: unknown[] = [];
    cli.server.on(costRoutes.setBudget, ({ body }) => {
      sent.push(body);
      return { costs };
    });

    const { stdout } = await signedIn('budget', 'set', '10');
    await signedIn('budget', 'set', 'default');

    expect(stdout).toContain('Budget  10.00 EUR');
    expect(sent).toEqual([{ amount: 10 }, { amount: null }]);
    expect(await signedIn('budget', 'set', 'much')).toMatchObject({ exitCode: 2, stdout: '' });
  });
});
